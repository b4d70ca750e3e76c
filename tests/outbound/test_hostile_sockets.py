"""A guest's network, abused: sockets without number, listening, calls of oneself. Numbers are those of
docs/security-cases.md.
"""

import socket

import pytest

from atoll.testing import up
from tests.conftest import MakeApp
from tests.hostile.harm import unharmed
from tests.outbound.test_hostile_hosts import configured
from tests.outbound.test_outbound_http import ALONE, hosts
from tests.servers import loopback
from tests.support import get


@pytest.mark.parametrize("address", ["127.0.0.1:0", "0.0.0.0:0", "0.0.0.0:8099", "[::]:0", "[::1]:0"])
def test_no_guest_listens(make_app: MakeApp, address: str) -> None:
    """40"""
    with up(make_app(hosts("*://*:*")), *ALONE) as served:
        answer = get(served.url + "/bind", params={"address": address})
        assert (answer.status_code, "access-denied" in answer.text) == (502, True)


def test_datagrams_go_where_they_were_granted(make_app: MakeApp) -> None:
    """40"""
    with loopback.udp(lambda sent: b"udp " + sent) as port, loopback.udp(lambda sent: b"never") as other:
        app = make_app(hosts(f"udp://127.0.0.1:{port}"))
        with up(app, *ALONE) as served:
            assert get(served.url + "/udp", params={"address": f"127.0.0.1:{port}", "text": "hi"}).text == "udp hi"
            refused = get(served.url + "/udp", params={"address": f"127.0.0.1:{other}", "text": "hi"})
            assert (refused.status_code, "access-denied" in refused.text) == (502, True)


def test_a_guest_that_hoards_connections_leaves_descriptors_for_the_others(make_app: MakeApp) -> None:
    """40: by default half of the descriptors are for sockets; a limit of the operator is told as what it is."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        port = listener.getsockname()[1]
        keys = hosts(f"tcp://127.0.0.1:{port}") + "tool.atoll.limits = { handles = 1000000 }\n"
        app = make_app(keys)
        with up(app, *ALONE, *configured(app, "[outbound_networking]\nmax_socket_connections = 500\n")) as served:
            assert get(served.url).status_code == 200
            with unharmed(served):
                for _ in range(3):
                    hoarded = get(served.url + "/sockets", params={"address": f"127.0.0.1:{port}", "count": 10_000})
                    assert hoarded.text.startswith("500 ")
                    assert "new-socket-limit" in hoarded.text
                    assert get(served.url).status_code == 200


def test_a_component_that_calls_itself_without_end_is_told_so(make_app: MakeApp) -> None:
    """41"""
    with up(make_app(hosts("http://self")), *ALONE) as served, unharmed(served):
        for _ in range(3):
            answer = get(served.url + "/again", params={"at": "http://self.alt"}, timeout=60)
            assert (answer.status_code, answer.text) == (502, "ErrorCode::LoopDetected")
            assert get(served.url).status_code == 200


def test_a_component_that_calls_itself_over_the_network_ends_at_its_limits(make_app: MakeApp) -> None:
    """41: nothing says of a request from outside that it comes from inside; concurrency and deadline are its end."""
    limits = 'tool.atoll.limits = { deadline = "2s", concurrency = 20 }\n'
    with up(make_app(hosts("http://127.0.0.1:*") + limits), *ALONE) as served, unharmed(served):
        for _ in range(3):
            answer = get(served.url + "/again", params={"at": served.url}, timeout=60)
            assert answer.status_code in (502, 503, 504)
            assert get(served.url).status_code == 200
