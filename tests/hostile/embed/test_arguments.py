"""50: objects of Python that lie about themselves on their way into a guest: how long they are, what they hold."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import atoll
from tests.embed.plugins import Directory, rust
from tests.hostile.embed.harm import harmless

HUGE = 1 << 62


class Saying:
    """Three letters, and any length."""

    def __init__(self, length: int | Exception) -> None:
        self.length = length

    def __len__(self) -> int:
        if isinstance(self.length, Exception):
            raise self.length
        return self.length

    def __iter__(self) -> Iterator[str]:
        return iter("abc")


class LongList(list[Any]):
    def __len__(self) -> int:
        return HUGE


class LongText(str):
    def __len__(self) -> int:
        return HUGE

    def __str__(self) -> str:
        return "something else"


class LongBytes(bytes):
    def __len__(self) -> int:
        return HUGE


class Hinting:
    def __iter__(self) -> Iterator[str]:
        yield "a"

    def __length_hint__(self) -> int:
        return HUGE


class Clearing:
    """An item whose number empties the list that it is in."""

    def __init__(self, row: list[Any]) -> None:
        self.row = row

    def __index__(self) -> int:
        self.row.clear()
        return 1


def cleared() -> list[Any]:
    row: list[Any] = [0, 2, 3]
    row[0] = Clearing(row)
    return row


class Changing(list[Any]):
    """A list that gives other items than it has."""

    def __iter__(self) -> Iterator[Any]:
        return iter(["other"])


Asked = Callable[[Any], Any]
CROSSING: dict[str, tuple[Asked, object]] = {
    "a length of 2^62": (lambda values: values.echo_strings(Saying(HUGE)), ["a", "b", "c"]),
    "a length below nothing": (lambda values: values.echo_strings(Saying(-1)), ["a", "b", "c"]),
    "a length that raises": (lambda values: values.echo_strings(Saying(ZeroDivisionError())), ["a", "b", "c"]),
    "a list of 2^62": (lambda values: values.echo_strings(LongList(["a"])), ["a"]),
    "a list in a list": (lambda values: values.echo_matrix([LongList([1, 2])]), [[1, 2]]),
    "a text of 2^62": (lambda values: values.echo_string(LongText("text")), "text"),
    "bytes of 2^62": (lambda values: values.echo_bytes(LongBytes(b"bytes")), b"bytes"),
    "a hint of 2^62": (lambda values: values.echo_strings(Hinting()), ["a"]),
    "a list that is emptied meanwhile": (lambda values: values.echo_matrix([cleared()]), [[1]]),
    "a list with other items": (lambda values: values.echo_strings(Changing(["a"])), ["other"]),
    "every second byte": (lambda values: values.echo_bytes(memoryview(b"abcdef")[::2]), b"ace"),
}


@pytest.mark.parametrize("name", CROSSING)
def test_what_lies_about_its_length_crosses_as_what_it_gives(name: str) -> None:
    ask, given = CROSSING[name]
    assert ask(rust().values) == given


class Raising:
    """Nothing of it can be looked at."""

    def __iter__(self) -> Iterator[str]:
        raise ZeroDivisionError

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError


def itself() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def released() -> memoryview:
    view = memoryview(b"bytes")
    view.release()
    return view


REFUSED: dict[str, tuple[Asked, type[Exception]]] = {
    "items that raise": (lambda values: values.echo_strings(Raising()), ZeroDivisionError),
    "fields that raise": (lambda values: values.echo_person(Raising()), ZeroDivisionError),
    "a list that holds itself": (lambda values: values.echo_matrix(itself()), TypeError),
    "bytes that were given back": (lambda values: values.echo_bytes(released()), TypeError),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_cross_is_the_callers_error_and_ends_nothing(name: str) -> None:
    ask, error = REFUSED[name]
    with harmless(), rust().open() as instance:
        for _ in range(20):
            with pytest.raises(error):
                ask(instance.values)
        assert instance.is_open


class Lying(Directory):
    """Answers with such objects, too."""

    def __init__(self, entry: object) -> None:
        super().__init__()
        self.entry = entry

    def lookup(self, name: str) -> Any:
        return self.entry


@pytest.mark.slow
def test_what_a_host_gives_is_read_as_carefully() -> None:
    """What cannot cross there ends the call, with the reason as its cause."""
    with harmless():
        assert rust(Lying({"name": LongText("Anna"), "phone": None})).crm.find("anna") == "Anna: no phone"
        for entry in (Raising(), {"name": LongBytes(b"x"), "phone": None}, itself()):
            with pytest.raises(atoll.GuestTrap) as raised:
                rust(Lying(entry)).crm.find("anna")
            assert isinstance(raised.value.__cause__, ZeroDivisionError | TypeError)
