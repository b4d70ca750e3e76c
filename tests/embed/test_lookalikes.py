"""A guest takes what looks like a value of its types, and refuses what does not, with its place."""

import array
import enum
import mmap
from collections import UserDict, namedtuple
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from atoll.capabilities.custom import Err, Ok, Some
from tests.embed.plugins import rust
from tests.support import built

FIELDS: dict[str, Any] = {"name": "anna", "age": 44, "email": None, "tags": ["x"], "role": "site-admin"}


@dataclass
class Person:
    name: str = "anna"
    age: int = 44
    email: str | None = None
    tags: list[str] = field(default_factory=lambda: ["x"])
    role: str = "site-admin"


class Named(NamedTuple):
    name: str = "anna"
    age: int = 44
    email: str | None = None
    tags: tuple[str, ...] = ("x",)
    role: str = "site_admin"


class Computed:
    """Has the fields as whatever an attribute can be."""

    age = 44
    email = None
    tags = {"x"}
    role = "SITE_ADMIN"

    @property
    def name(self) -> str:
        return "anna"


@pytest.mark.parametrize(
    "person", [FIELDS, FIELDS | {"more": 1}, Person(), Named(), Computed(), SimpleNamespace(**FIELDS)]
)
def test_whatever_has_the_fields_is_a_record(person: object) -> None:
    values = rust().values
    assert values.echo_person(person) == values.Person(**FIELDS | {"role": values.Role.SITE_ADMIN})


def test_a_mapping_that_is_no_dict_is_a_record() -> None:
    values = rust().values
    assert values.echo_size(UserDict(width=1, height=2)) == values.Size(1, 2)


@pytest.mark.parametrize("size", [SimpleNamespace(width=1), {"width": 1}, {}, 3, None, "size", (1, 2)], ids=repr)
def test_what_lacks_a_field_is_no_record(size: object) -> None:
    with pytest.raises(TypeError, match=r"^value: .* has no `(width|height)`$"):
        rust().values.echo_size(size)


class Numbered(enum.Enum):
    SITE_ADMIN = enum.auto()


class Texts(enum.StrEnum):
    ADMIN = "site-admin"


@pytest.mark.parametrize("role", ["site-admin", "site_admin", "SITE_ADMIN", Texts.ADMIN, Numbered.SITE_ADMIN], ids=repr)
def test_an_enum_is_told_by_its_name(role: object) -> None:
    assert (values := rust().values).echo_role(role) is values.Role.SITE_ADMIN


@pytest.mark.parametrize("role", ["", "admin", "Editor ", 0, None, ("editor",), b"editor"], ids=repr)
def test_another_name_is_refused_with_those_that_there_are(role: object) -> None:
    with pytest.raises(TypeError, match=r"^value: must be one of reader, editor, site-admin; got"):
        rust().values.echo_role(role)


@dataclass
class Circle:
    value: float


class Empty:
    pass


Rect = namedtuple("Rect", ["value"])

SHAPES: list[tuple[object, str]] = [
    ({"circle": 1.5}, "Shape.Circle(value=1.5)"),
    (Circle(1.5), "Shape.Circle(value=1.5)"),
    ({"rect": {"width": 1, "height": 2}}, "Shape.Rect(value=Size(width=1.0, height=2.0))"),
    (Rect(SimpleNamespace(width=1, height=2)), "Shape.Rect(value=Size(width=1.0, height=2.0))"),
    ("empty", "Shape.Empty()"),
    ({"empty": None}, "Shape.Empty()"),
    (Empty(), "Shape.Empty()"),
]


@pytest.mark.parametrize("shape, given", SHAPES)
def test_a_variant_is_told_by_the_name_of_its_case(shape: object, given: str) -> None:
    assert repr(rust().values.echo_shape(shape)) == given


@pytest.mark.parametrize(
    "shape, place",
    [
        ("circle", "value.circle: "),
        ({"circle": "x"}, "value.circle: "),
        ({"rect": {"width": 1, "height": "x"}}, "value.rect.height: "),
        ({"circle": 1, "empty": None}, "value: "),
        ({}, "value: "),
        ("square", "value: "),
        (None, "value: "),
        ({"empty": 5}, "value"),
    ],
    ids=repr,
)
def test_what_is_no_case_or_has_another_payload_is_refused(shape: object, place: str) -> None:
    with pytest.raises(TypeError, match=f"^{place}"):
        rust().values.echo_shape(shape)


class Own(enum.Flag):
    CAN_READ = 1
    CAN_EXECUTE = 4
    MORE = 8


@pytest.mark.parametrize(
    "rights",
    [{"can-read", "can-execute"}, ["CAN_READ", "can_execute"], iter(["can-read", "can-execute"]), Own(5)],
)
def test_flags_are_told_by_their_names(rights: object) -> None:
    assert (values := rust().values).echo_rights(rights) == values.Rights.CAN_READ | values.Rights.CAN_EXECUTE


@pytest.mark.parametrize("rights", [{"can-fly"}, {"can-read", 3}, 3, None, Own.MORE, Own.MORE | Own.CAN_READ])
def test_flags_that_there_are_not_are_refused(rights: object) -> None:
    with pytest.raises(TypeError, match=r"^value: "):
        rust().values.echo_rights(rights)


def test_bytes_are_whatever_has_a_buffer() -> None:
    values = rust().values
    anonymous = mmap.mmap(-1, 4)
    anonymous[:] = b"abcd"
    for buffer in (b"abcd", bytearray(b"abcd"), memoryview(b"abcd"), anonymous, array.array("B", b"abcd")):
        assert values.echo_bytes(buffer) == b"abcd"
    assert values.echo_bytes(memoryview(b"a-b-c-d")[::2]) == b"abcd"
    assert values.echo_bytes(array.array("H", [0x6261, 0x6463])) == b"abcd"
    assert values.echo_bytes(memoryview(built("c-plugin").read_bytes())).startswith(b"\0asm")


@pytest.mark.parametrize("buffer", ["abc", 3, None, object(), ["a"]])
def test_what_has_no_buffer_is_no_bytes(buffer: object) -> None:
    with pytest.raises(TypeError, match=r"^value: "):
        rust().values.echo_bytes(buffer)


@pytest.mark.parametrize("texts", [("a", "b"), {"a": 1, "b": 2}, iter("ab"), (text for text in "ab")])
def test_a_list_is_whatever_can_be_iterated(texts: object) -> None:
    assert rust().values.echo_strings(texts) == ["a", "b"]


def test_a_text_is_no_list_of_texts() -> None:
    with pytest.raises(TypeError, match=r"^value: "):
        rust().values.echo_strings("ab")


@pytest.mark.parametrize(
    "value", [("a", 1), ("a", None), ("a", Some("no")), ("a", SimpleNamespace(value="no"))], ids=repr
)
def test_only_ok_and_err_are_results(value: object) -> None:
    with pytest.raises(TypeError, match=r"^value\[1\]"):
        rust().values.echo_result_in_tuple(value)


def test_a_result_goes_in_as_ok_or_err_and_comes_out_as_a_value_or_an_exception() -> None:
    values = rust().values
    assert values.echo_result(Ok(7)) == 7
    with pytest.raises(Exception) as raised:
        values.echo_result(Err("no"))
    assert raised.value.payload == "no"  # type: ignore[attr-defined]


def test_only_none_and_some_are_options_of_options() -> None:
    with pytest.raises(TypeError, match=r"^value"):
        rust().values.echo_nested_option(7)
