"""The error of a value that does not fit names its place, as Python would write it."""

from collections.abc import Iterator
from typing import Any

import pytest

import atoll
from tests.embed.plugins import rust
from tests.support import built

PERSON: dict[str, Any] = {"name": "a", "age": 1, "email": None, "tags": ["x"], "role": "editor"}


@pytest.mark.parametrize(
    "changed, place",
    [
        ({"age": -1}, r"value\[1\]\[0\]\.age"),
        ({"age": "x"}, r"value\[1\]\[0\]\.age"),
        ({"name": None}, r"value\[1\]\[0\]\.name"),
        ({"email": 3}, r"value\[1\]\[0\]\.email"),
        ({"tags": ["x", 3]}, r"value\[1\]\[0\]\.tags\[1\]"),
        ({"tags": 3}, r"value\[1\]\[0\]\.tags"),
        ({"role": "nobody"}, r"value\[1\]\[0\]\.role"),
    ],
)
def test_a_part_deep_inside_is_named(changed: dict[str, Any], place: str) -> None:
    with pytest.raises((TypeError, OverflowError), match=f"^{place}: "):
        rust().values.echo_people([(PERSON, None), (PERSON | changed, None)])


def test_a_payload_and_its_fields_are_named() -> None:
    with pytest.raises(TypeError, match=r"^value\[0\]\[1\]\.rect\.height: "):
        rust().values.echo_people([(PERSON, {"rect": {"width": 1, "height": "x"}})])


def test_items_of_lists_of_lists_are_named() -> None:
    with pytest.raises((TypeError, OverflowError), match=r"^value\[1\]\[1\]: "):
        rust().values.echo_matrix([[1], [2, -1]])


@pytest.mark.parametrize("parts", [(), (1, "a"), (1, "a", True, 4)], ids=repr)
def test_a_tuple_of_another_length_is_named(parts: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match=f"^value must have 3 parts, and has {len(parts)}$"):
        rust().values.echo_tuple(parts)


def test_a_parameter_is_named_by_its_python_name() -> None:
    with pytest.raises(TypeError, match=r"^from_: "):
        rust().values.keywords(1, 2, True)
    with pytest.raises(TypeError, match=r"^is_ok: "):
        rust().values.keywords("a", 2, "x")


def test_a_field_is_named_by_its_python_name() -> None:
    plugin = atoll.load(built("python-plugin"))
    query = {"path": "", "fallback": None, "indent": None, "sort_keys": "x"}
    with pytest.raises(TypeError, match=r"^query\.sort_keys: "):
        plugin.queries.run("{}", query)


def test_a_field_of_wits_spelling_is_taken_from_a_mapping() -> None:
    plugin = atoll.load(built("python-plugin"))
    query = {"path": "", "fallback": None, "indent": None, "sort-keys": True}
    assert plugin.queries.run('{"b": 1, "a": 2}', query) == '{"a": 2, "b": 1}'


class Broken(Exception):
    """Raised by a value of the caller's own."""


def breaking() -> Iterator[str]:
    yield "a"
    raise Broken


class BreakingField:
    width = 1

    @property
    def height(self) -> float:
        raise Broken


class BreakingIndex:
    def __init__(self, raised: type[BaseException]) -> None:
        self.raised = raised

    def __index__(self) -> int:
        raise self.raised


def test_what_a_value_itself_raises_goes_on_as_it_is() -> None:
    values = rust().values
    with pytest.raises(Broken):
        values.echo_strings(breaking())
    with pytest.raises(Broken):
        values.echo_size(BreakingField())
    with pytest.raises(Broken):
        values.echo_u8(BreakingIndex(Broken))


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, MemoryError])
def test_an_interrupt_while_values_are_taken_goes_on_as_it_is(raised: type[BaseException]) -> None:
    with pytest.raises(raised):
        rust().values.echo_u8(BreakingIndex(raised))


def test_a_call_that_is_refused_never_reaches_the_guest() -> None:
    with rust().open() as instance:
        with pytest.raises(TypeError):
            instance.state.remember("key", 3)
        assert instance.state.recall("key") is None
        assert instance.is_open
