"""What guests write and log: records of Python's logging for those that were granted it, and nowhere else."""

import asyncio
import logging

import pytest

import atoll
from tests.embed import doors
from tests.embed.plugins import Applying, rust

LOG = atoll.Grants(log=True)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(1)
    return caplog


def said(logged: pytest.LogCaptureFixture) -> list[tuple[str, int, str]]:
    return [record for record in logged.record_tuples if record[0].startswith("atoll")]


def test_lines_of_the_output_are_records(logged: pytest.LogCaptureFixture) -> None:
    plugin = rust(grants=LOG)
    plugin.bad.print("out")
    plugin.bad.eprint("err")
    plugin.bad.print("two\nlines, 100 % plain %s")
    name = "atoll.guest.rust-plugin"
    assert said(logged) == [
        (name, logging.INFO, "out"),
        (name, logging.WARNING, "err"),
        (name, logging.INFO, "two"),
        (name, logging.INFO, "lines, 100 % plain %s"),
    ]


def test_what_was_not_granted_is_not_seen(logged: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    for grants in (None, atoll.Grants(), atoll.Grants(log=False)):
        plugin = rust(grants=grants)
        plugin.bad.print("out")
        plugin.bad.eprint("err")
        with pytest.raises(atoll.GuestTrap):
            plugin.bad.panic("oh no")
    atoll.load(doors.LOGGING).log("critical", "", "text")
    assert said(logged) == []
    assert capfd.readouterr() == ("", "")


def test_the_loggers_name_is_the_plugins(logged: pytest.LogCaptureFixture) -> None:
    rust(name="crm", grants=LOG).bad.print("out")
    assert said(logged) == [("atoll.guest.crm", logging.INFO, "out")]


def test_messages_keep_their_level_and_context(logged: pytest.LogCaptureFixture) -> None:
    plugin = atoll.load(doors.LOGGING, grants=LOG)
    for level in ("trace", "debug", "info", "warn", "error", "critical"):
        plugin.log(level, "here", f"a {level}")
    assert [record.levelno for record in logged.records] == [5, 10, 20, 30, 40, 50]
    assert {getattr(record, "context", None) for record in logged.records} == {"here"}
    assert logged.messages[0] == "a trace"


def test_a_level_that_nobody_wants_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    rust(grants=LOG).bad.print("out")
    assert said(caplog) == []


def test_lines_arrive_before_the_call_ends_in_whatever_way(logged: pytest.LogCaptureFixture) -> None:
    plugin = rust(grants=LOG)
    with pytest.raises(atoll.GuestTrap):
        plugin.bad.panic("oh no")
    assert any("oh no" in text for _, _, text in said(logged))
    assert all(level == logging.WARNING for _, level, _ in said(logged))


def test_lines_of_an_instance_that_is_kept_come_with_each_call(logged: pytest.LogCaptureFixture) -> None:
    with rust(grants=LOG).open() as instance:
        for number in range(3):
            instance.bad.print(f"{number}")
            assert logged.messages == [f"{n}" for n in range(number + 1)]


def test_lines_of_awaited_calls_are_seen(logged: pytest.LogCaptureFixture) -> None:
    plugin = rust(grants=LOG)

    async def call() -> None:
        await asyncio.gather(*(plugin.aio.bad.print(f"{number}") for number in range(5)))

    asyncio.run(call())
    assert sorted(text for _, _, text in said(logged)) == ["0", "1", "2", "3", "4"]


def test_a_handler_that_raises_or_calls_back_does_no_harm() -> None:
    plugin = rust(Applying(lambda n: n + 1), grants=LOG)
    seen: list[str] = []

    class Calling(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())
            if len(seen) < 3:
                plugin.bad.print("again")

    logger = logging.getLogger("atoll.guest.rust-plugin")
    handler = Calling()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        plugin.bad.print("first")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert seen == ["first", "again", "again"]


def test_bytes_that_are_no_text_and_a_line_without_an_end_are_seen(logged: pytest.LogCaptureFixture) -> None:
    plugin = rust(grants=LOG)
    plugin.bad.print("\x1b[31mred\0\u202e")
    assert len(said(logged)) == 1
