"""What guests write is kept for the test, and heard by the program as it is without."""

import logging

import pytest

from atoll.testing import GuestLog, Line, load_app, load_plugin
from atoll.testing.journal import listening
from tests.embed.plugins import Directory
from tests.support import built

IMPORTS = {"acme:plugin/directory": Directory()}


def test_what_a_plugin_writes_is_kept_by_stream() -> None:
    with load_plugin(built("rust-plugin"), imports=IMPORTS, name="crm") as plugin:
        plugin.bad.print("one\ntwo")
        plugin.bad.eprint("oh")
        assert plugin.log.stdout == "one\ntwo\n"
        assert plugin.log.stderr == "oh\n"
        assert plugin.log[0] == Line("crm", "one", "stdout", logging.INFO)
        assert [str(line) for line in plugin.log] == ["stdout | one", "stdout | two", "stderr | oh"]
        assert plugin.log.text == "one\ntwo\noh\n"
        plugin.log.clear()
        assert not plugin.log


def test_what_an_app_writes_is_there_when_its_answer_is() -> None:
    with load_app(built("rust-kitchen")) as app:
        for _ in range(20):
            app.log.clear()
            app.get("/log?text=hello")
            assert (app.log.stdout, app.log.stderr) == ("to stdout: hello\n", "to stderr: hello\n")


def test_messages_have_their_level_and_context() -> None:
    with load_app(built("python-telling")) as app:
        app.get("/logging/log?level=warn&context=shop&text=sold%20out")
        [line] = app.log
    assert line == Line("python-telling", "sold out", None, logging.WARNING, "shop")
    assert str(line) == "warning | shop: sold out"


@pytest.mark.parametrize(("level", "heard"), [(None, ["warn"]), (logging.INFO, ["info", "warn"]), (50, [])])
@pytest.mark.parametrize("logger", ["atoll.guest", "atoll.guest.web"])
def test_the_program_hears_what_it_would_hear_without(
    level: int | None, heard: list[str], logger: str, caplog: pytest.LogCaptureFixture
) -> None:
    log, own = GuestLog(), logging.getLogger("atoll.guest.web")
    with listening(["web"], log):
        if level is not None:
            caplog.set_level(level, logger)
        own.info("info")
        own.warning("warn")
    assert caplog.messages == heard
    assert "warn" in log.text or level == 50


def test_two_that_listen_to_one_guest_are_heard_once(caplog: pytest.LogCaptureFixture) -> None:
    one, other, own = GuestLog(), GuestLog(), logging.getLogger("atoll.guest.web")
    with listening(["web"], one), listening(["web"], other):
        own.warning("oh")
    assert one.text == other.text == "oh\n"
    assert caplog.messages == ["oh"]


def test_loggers_are_left_as_they_were() -> None:
    own = logging.getLogger("atoll.guest.of-this-test")
    own.setLevel(logging.ERROR)
    own.propagate = False
    before = (own.level, own.propagate, list(own.handlers))
    with listening(["of-this-test"], GuestLog()):
        own.info("x")
    assert (own.level, own.propagate, own.handlers) == before
    own.setLevel(logging.NOTSET)
