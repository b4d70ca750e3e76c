"""17, 18, 19, 20: headers, bodies and requests that a guest makes, and results that it gives twice or never."""

import socket
import time
from operator import methodcaller

import pytest

import atoll
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.requests import GUEST
from tests.hostile.embed.results import AFTER_A_TRAP, RESULTS
from tests.hostile.embed.ways import LIMITS, QUICK, SAID, ends, goes_well

NAMES = ["", "a b", "a\r\nb", "a:b", "\0", "\u00e9", "n" * 70_000]
FORBIDDEN = ["transfer-encoding", "connection", "Upgrade", "Keep-Alive"]
VALUES = [b"a\r\nset-cookie: evil=1", b"\0", b"\n", b"a\rb"]


def guest(**settings: object) -> atoll.Plugin:
    return atoll.load(GUEST, **{"limits": LIMITS, **settings})  # type: ignore[arg-type]


@pytest.mark.slow
def test_headers_without_end_end_the_call() -> None:
    """17: many that are empty, and some that are long."""
    plugin = guest()
    with harmless():
        for length in (0, 32_768):
            ends(plugin, methodcaller("flood", length), "guest-trapped", "total size of fields exceeds limit")


@pytest.mark.slow
def test_a_value_of_any_length_is_held_to_the_limit_of_a_host_call() -> None:
    """17."""
    plugin = guest()
    with harmless():
        goes_well(plugin, methodcaller("append", "x-name", b"x" * 32_769))
        ends(plugin, methodcaller("append", "x-name", b"x" * (1 << 20)), "limit-host-call-bytes")


def test_names_and_values_that_would_end_a_line_are_refused() -> None:
    """17: to the guest it is an error of its own, and its instance goes on."""
    refused = [(name, b"x", "InvalidSyntax") for name in NAMES] + [("x", value, "InvalidSyntax") for value in VALUES]
    refused += [(name, b"x", "Forbidden") for name in FORBIDDEN]
    with harmless(), guest().open() as instance:
        for name, value, why in refused:
            with pytest.raises(atoll.GuestError) as raised:
                instance.append(name, value)
            assert type(raised.value.payload).__name__ == why
        assert instance.append("x-name", b"value") is None


@pytest.mark.slow
def test_a_body_without_end_ends_at_the_deadline() -> None:
    """18: nobody reads it, so the guest is held back, and nothing fills up."""
    plugin = guest(limits=atoll.Limits(time=0.1))
    with harmless():
        ends(plugin, methodcaller("endless"), "limit-deadline", "the deadline of 100 ms; `atoll.Limits(time=…)` raises")


def test_a_body_is_no_longer_than_was_announced() -> None:
    """18: a byte more is refused."""
    with harmless(), guest().open() as instance:
        assert [instance.announced(bytes_) for bytes_ in (0, 4, 5, 6, 13)] == [0, 0, 0, 1, 1]


@pytest.mark.slow
def test_what_was_sent_is_not_sent_again() -> None:
    """19: a request that was handed over, a body that was finished, a second body."""
    plugin = guest()
    with harmless():
        ends(plugin, methodcaller("twice"), "guest-trapped", "unknown handle")
        ends(plugin, methodcaller("drop_finished"), "guest-trapped", "unknown handle")
        assert plugin.bodies() == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", RESULTS)
def test_a_result_that_comes_twice_or_never_ends_the_call(name: str) -> None:
    """19: functions of WASI 0.3 say themselves when their result is there."""
    source, code, said = RESULTS[name]
    with harmless():
        ends(atoll.load(source, limits=QUICK if code == "limit-cpu" else LIMITS), methodcaller("run"), code, said)


@pytest.mark.slow
def test_a_trap_after_the_result_ends_the_instance() -> None:
    """19: the result that came before may be given, or the trap be told."""
    with harmless(), atoll.load(AFTER_A_TRAP, limits=LIMITS).open() as instance:
        try:
            assert instance.run() == 1
        except atoll.GuestTrap as error:
            assert "unreachable" in error.message
        until = time.monotonic() + 10
        while instance.is_open and time.monotonic() < until:
            time.sleep(0.001)
        with pytest.raises(atoll.InstanceEnded, match="unreachable"):
            instance.run()


@pytest.mark.slow
def test_requests_and_bodies_that_are_never_dropped_are_counted() -> None:
    """20."""
    plugin = guest()
    with harmless():
        for function in ("hoard", "leak"):
            ends(plugin, methodcaller(function), "limit-handles")
    assert "1000 resources" in SAID["limit-handles"]


@pytest.mark.slow
def test_a_request_goes_nowhere_that_was_not_granted() -> None:
    """19: and where it was granted the guest waits for an answer, as long as it may."""
    with socket.create_server(("127.0.0.1", 0)) as server, harmless():
        authority = f"127.0.0.1:{server.getsockname()[1]}"
        guest().ask(authority)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
        granted = guest(grants=atoll.Grants(network=[f"http://{authority}"]), limits=atoll.Limits(time=0.1))
        ends(granted, methodcaller("ask", authority), "limit-deadline", "the deadline of 100 ms")
        server.accept()[0].close()
