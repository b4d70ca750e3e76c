"""A guest's network, abused: hosts in disguise, names that lead inside, proxies. Numbers are those of
docs/security-cases.md.
"""

from pathlib import Path

import pytest

from atoll.testing import up
from tests.conftest import MakeApp
from tests.outbound.conftest import Upstream
from tests.outbound.test_outbound_http import ALONE, fetched, hosts
from tests.support import answering, get

BLOCKED = '[outbound_networking]\nblock_networks = ["private"]\n'
DENIED = "ErrorCode::HttpRequestDenied"
PROHIBITED = "ErrorCode::DestinationIpProhibited"
# One and the same address to a resolver.
LOOPBACK = (
    "127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0X7F.0.0.0x1 localhost LocalHost "
    "[::ffff:127.0.0.1] [::ffff:7f00:1] 0.0.0.0 0 a@127.0.0.1 a:b@127.0.0.1"
)


def configured(app: Path, text: str) -> tuple[str, str]:
    file = app.parent / "runtime.toml"
    file.write_text(text)
    return ("--runtime-config-file", str(file))


@pytest.mark.parametrize("host", LOOPBACK.split())
def test_no_spelling_of_an_address_leads_to_where_nothing_was_granted(
    make_app: MakeApp, upstream: Upstream, host: str
) -> None:
    """34: the grants name another host, another port and another scheme."""
    app = make_app(hosts("http://allowed.example:*", "http://127.0.0.1:1", f"https://127.0.0.1:{upstream.port}"))
    with up(app, *ALONE) as served:
        assert fetched(served, f"http://{host}:{upstream.port}/") == (502, DENIED)
    assert upstream.connections == 0


@pytest.mark.parametrize("host", LOOPBACK.split())
def test_no_spelling_of_an_address_leads_into_a_blocked_network(
    make_app: MakeApp, upstream: Upstream, host: str
) -> None:
    """34, 35: where all is granted, the address that would be connected to decides."""
    app = make_app(hosts("*://*:*"))
    with up(app, *ALONE, *configured(app, BLOCKED)) as served:
        assert fetched(served, f"http://{host}:{upstream.port}/") == (502, PROHIBITED)
    assert upstream.connections == 0


@pytest.mark.parametrize(
    ("granted", "asked", "status"),
    [
        ("http://localhost:{port}", "http://LOCALHOST:{port}/", 200),
        ("http://LOCALHOST:{port}", "http://localhost:{port}/", 200),
        ("http://127.0.0.1:{port}", "http://0x7f.1:{port}/", 200),
        ("http://0x7f.1:{port}", "http://127.0.0.1:{port}/", 200),
        ("http://localhost:{port}", "http://localhost.:{port}/", 502),
        ("http://localhost:{port}", "http://127.0.0.1:{port}/", 502),
        ("http://*.localhost:{port}", "http://localhost:{port}/", 502),
        ("http://*.localhost:{port}", "http://evillocalhost:{port}/", 502),
        ("http://bücher.example:{port}", "http://localhost:{port}/", 502),
        ("http://127.0.0.1:{port}", "http://allowed.example@127.0.0.1:{port}/", 200),
        ("http://allowed.example:*", "http://allowed.example@127.0.0.1:{port}/", 502),
        ("http://allowed.example:*", "http://allowed.example:80@127.0.0.1:{port}/", 502),
        ("http://allowed.example:*", "http://127.0.0.1:{port}#@allowed.example:80/", 502),
        ("http://allowed.example:*", "http://127.0.0.1:{port}\\@allowed.example:80/", 502),
        ("http://allowed.example:*", "http://127.0.0.1:{port}?@allowed.example:80/", 502),
        ("http://127.0.0.1:80", "http://127.0.0.1:{port}/", 502),
    ],
)
def test_a_grant_is_for_one_host_however_it_is_written(
    make_app: MakeApp, upstream: Upstream, granted: str, asked: str, status: int
) -> None:
    """34"""
    with up(make_app(hosts(granted.format(port=upstream.port))), *ALONE) as served:
        assert fetched(served, asked.format(port=upstream.port))[0] == status
    assert upstream.connections == (status == 200)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "[fd00:ec2::254]", "100.100.100.200", "192.0.0.192", "[fe80::a9fe:a9fe]", "168.63.129.16"],
)
def test_metadata_services_of_clouds_are_private(make_app: MakeApp, address: str) -> None:
    """35"""
    app = make_app(hosts("*://*:*"))
    with up(app, *ALONE, *configured(app, BLOCKED)) as served:
        assert fetched(served, f"http://{address}/latest/meta-data") == (502, PROHIBITED)
        assert get(served.url + "/tcp", params={"address": f"{address}:80", "text": "hi"}).status_code == 502


def test_variables_of_proxies_change_nothing_and_reach_no_guest(make_app: MakeApp, upstream: Upstream) -> None:
    """37"""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    env = dict.fromkeys(names, "http://127.0.0.1:1") | {"NO_PROXY": ""}
    with up(make_app(hosts(upstream.url)), *ALONE, env=env) as served:
        assert fetched(served, upstream.url + "/here") == (200, "upstream /here")
        assert "proxy" not in get(served.url + "/env").text.lower()


def test_a_guest_of_wasi_0_3_is_held_to_the_same(make_app: MakeApp, upstream: Upstream) -> None:
    """34, 35: it passes on the host's error, which is a 500 then."""
    for granted, status in {upstream.url: 200, "http://127.0.0.1:1": 500, "http://localhost:*": 500}.items():
        with up(make_app(answering("rust-http-p3") + f'allowed_outbound_hosts = ["{granted}"]\n'), *ALONE) as served:
            assert get(f"{served.url}/fetch/127.0.0.1:{upstream.port}/here").status_code == status
    app = make_app(answering("rust-http-p3") + 'allowed_outbound_hosts = ["*://*:*"]\n')
    with up(app, *ALONE, *configured(app, BLOCKED)) as served:
        for host in ("127.0.0.1", "localhost", "0x7f.1", "[::ffff:127.0.0.1]"):
            assert get(f"{served.url}/fetch/{host}:{upstream.port}/here").status_code == 500
    assert upstream.connections == 1
