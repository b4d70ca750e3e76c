"""Messages that guests log with a level: they reach the component's log as its output does, and no more of them."""

from pathlib import Path

import pytest

from tests.rooms.conftest import Open

LEVELS = ["trace", "debug", "info", "warn", "error", "critical"]
LIMITED = "tool.atoll.limits = { log_bytes = 1000 }\n"
REACHED = "further output of this call is dropped: the log limit is reached"


def kept(folder: Path) -> list[str]:
    """The lines of the component's log, without time and request."""
    file = folder / ".spin" / "logs" / "k_stderr.txt"
    return [line.split(" ", 2)[2] for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize("guest", ["rust-rooms", "python-telling"])
def test_a_message_is_logged_with_its_level_and_context_and_its_request(
    open_room: Open, tmp_path: Path, guest: str
) -> None:
    with open_room(guest, "", "", "--workers", "1") as room:
        for level in LEVELS:
            room("logging/log", b"sold-out", level=level, context="shop", text="sold-out")
        room("logging/log", b"sold-out", level="info", text="sold-out")
        room.app.wait_for(r"k\[6\]: critical shop: sold-out")
        room.app.wait_for(r"k\[7\]: info: sold-out")
    assert kept(tmp_path) == [*(f"{level} shop: sold-out" for level in LEVELS), "info: sold-out"]


def test_a_message_cannot_steer_the_terminal_or_feign_another_line(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", "", "", "--workers", "1") as room:
        room("logging/log", b"a\nk: b\x1b[2J\r", level="info", context="c")
        room.app.wait_for("info c: a")
    assert kept(tmp_path) == ["info c: a\\nk: b\\x1b[2J\\r"]


def test_messages_beyond_the_log_limit_are_dropped_and_that_is_said_once(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", LIMITED, "", "--workers", "1") as room:
        room("logging/log", b"x" * 100, level="info", count=100_000)
        room.app.wait_for(REACHED)
        room("logging/log", b"again", level="info")
        room.app.wait_for("info: again")
    lines = kept(tmp_path)
    assert len(lines) == 12
    assert [line for line in lines if not line.startswith("info: ")] == [lines[-2]]
    assert lines[-2].startswith(REACHED)


def test_a_huge_message_is_cut_to_the_limit(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", LIMITED, "", "--workers", "1") as room:
        room("logging/log", b"x" * 20_000_000, level="error", context="c")
        room.app.wait_for(REACHED)
    first, second = kept(tmp_path)
    assert first == "error c: " + "x" * 999
    assert second.startswith(REACHED)


def test_a_hundred_thousand_messages_that_say_nothing_are_bounded_too(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", "", "", "--workers", "1", "--quiet") as room:
        room("logging/log", b"", level="info", count=150_000)
        room("logging/log", b"again", level="info")
    lines = kept(tmp_path)
    assert lines.count("info: ") <= (1 << 20) // len("info: ")


def test_no_log_bytes_means_no_messages(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", "tool.atoll.limits = { log_bytes = 0 }\n", "", "--workers", "1") as room:
        room("logging/log", b"x", level="info")
    assert kept(tmp_path) == []


def test_an_instance_that_is_kept_may_log_with_each_of_its_requests(open_room: Open, tmp_path: Path) -> None:
    keys = "tool.atoll = { limits = { log_bytes = 100 }, reuse = { max_requests = 50 } }\n"
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        for _ in range(50):
            room("logging/log", b"x" * 50, level="info")
    assert len([line for line in kept(tmp_path) if line == "info: " + "x" * 50]) >= 50
