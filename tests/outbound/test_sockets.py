"""Raw sockets: granted like every other connection, and never for listening."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.servers import loopback
from tests.support import answering, built, get

APP = answering("rust-kitchen")
COMMANDS = ["python-cli-p2", "python-cli-p3"]


@pytest.fixture
def tcp() -> Iterator[int]:
    """The port of a server that answers `tcp` and what it was sent."""
    with loopback.tcp(lambda sent: b"tcp " + sent) as port:
        yield port


@pytest.fixture
def udp() -> Iterator[int]:
    """The same over UDP."""
    with loopback.udp(lambda sent: b"udp " + sent) as port:
        yield port


def ran(name: str, grants: list[str], *arguments: str) -> tuple[int, str, str]:
    flags = [flag for grant in grants for flag in ("--allow-net", grant)]
    command = [sys.executable, "-P", "-m", "atoll", "run", str(built(name)), *flags, "--", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_reaches_what_it_was_granted(name: str, tcp: int, udp: int) -> None:
    assert ran(name, [f"tcp://127.0.0.1:{tcp}"], "tcp", "127.0.0.1", str(tcp), "hi")[:2] == (0, "tcp hi\n")
    assert ran(name, [f"udp://127.0.0.1:{udp}"], "udp", "127.0.0.1", str(udp), "hi")[:2] == (0, "udp hi\n")
    assert ran(name, [f"tcp://localhost:{tcp}"], "tcp", "localhost", str(tcp), "hi")[:2] == (0, "tcp hi\n")


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("grants", [[], ["tcp://127.0.0.1:9"], ["udp://127.0.0.1:*"], ["tcp://atoll.invalid:*"]])
def test_a_command_reaches_nothing_else(name: str, grants: list[str], tcp: int) -> None:
    code, out, err = ran(name, grants, "tcp", "127.0.0.1", str(tcp), "hi")
    assert (code, out) == (1, "")
    if grants:
        assert f"disallowed destination 'tcp://127.0.0.1:{tcp}'" in err


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_never_listens(name: str) -> None:
    code, out, err = ran(name, ["*://*:*"], "listen", "0")
    assert (code, out) == (1, "")
    assert "Permission denied" in err


def sent(served: Up, port: int) -> tuple[int, str]:
    answer = get(served.url + "/tcp", params={"address": f"127.0.0.1:{port}", "text": "hi"})
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("host", "status", "said"),
    [("127.0.0.1", 200, "tcp hi"), ("localhost", 200, "tcp hi"), ("127.0.0.2", 502, "access-denied")],
)
def test_a_served_component_is_held_to_its_hosts(
    make_app: MakeApp, tcp: int, host: str, status: int, said: str
) -> None:
    with up(make_app(APP + f'allowed_outbound_hosts = ["tcp://{host}:{tcp}"]\n'), "--workers", "1", "-L", "") as served:
        answer = sent(served, tcp)
        assert answer[0] == status
        assert said in answer[1]


def test_a_blocked_network_is_out_of_reach_whatever_was_granted(
    make_app: MakeApp, tmp_path_factory: pytest.TempPathFactory, tcp: int
) -> None:
    config: Path = tmp_path_factory.mktemp("config") / "runtime.toml"
    config.write_text('[outbound_networking]\nblock_networks = ["private"]\n')
    app = make_app(APP + 'allowed_outbound_hosts = ["*://*:*"]\n')
    flags = ("--workers", "1", "-L", "", "--runtime-config-file", str(config))
    with up(app, *flags) as served:
        assert sent(served, tcp)[0] == 502
        served.wait_for(f"The address 127.0.0.1:{tcp} is in a blocked network")
