"""Values of every type go into a guest and come out of it as they were."""

import math
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atoll.capabilities.custom import Err, Ok, Some
from tests.embed.plugins import rust

VALUES: list[tuple[str, Any]] = [
    ("bool", True),
    ("bool", False),
    ("char", "a"),
    ("char", "\0"),
    ("char", "\ud7ff"),
    ("char", "\ue000"),
    ("char", "\N{GRINNING FACE}"),
    ("char", "\U0010ffff"),
    ("string", ""),
    ("string", "a\0b"),
    ("string", "naïve \N{GRINNING FACE} \U0010ffff"),
    ("bytes", b""),
    ("bytes", bytes(range(256))),
    ("strings", []),
    ("strings", ["", "a", "\N{GRINNING FACE}"]),
    ("matrix", []),
    ("matrix", [[], [1], [2, 3, (1 << 32) - 1]]),
    ("tuple", (255, "text", True)),
    ("option", None),
    ("option", 0),
    ("option", 7),
    ("nested_option", None),
    ("nested_option", Some(None)),
    ("nested_option", Some(7)),
    ("result_in_tuple", ("a", Ok(7))),
    ("result_in_tuple", ("a", Err("no"))),
]


@pytest.mark.parametrize("kind, value", VALUES, ids=repr)
def test_a_value_comes_out_as_it_went_in(kind: str, value: Any) -> None:
    given = getattr(rust().values, f"echo_{kind}")(value)
    assert given == value
    assert type(given) is type(value)


def test_a_float_keeps_its_bits() -> None:
    values = rust().values
    for number in (0.0, -0.0, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1):
        assert struct.pack("d", values.echo_f64(number)) == struct.pack("d", number)
    assert math.isnan(values.echo_f64(math.nan))


def test_a_float_of_32_bits_is_rounded_to_them() -> None:
    values = rust().values
    for number in (0.0, -0.0, math.inf, -math.inf, 1e-45, 0.1, 3.4028234663852886e38):
        assert struct.pack("f", values.echo_f32(number)) == struct.pack("f", number)
    assert math.isnan(values.echo_f32(math.nan))


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 1 << 20])
def test_text_and_bytes_of_any_size_cross(size: int) -> None:
    values = rust().values
    assert values.echo_string("ü" * size) == "ü" * size
    assert values.echo_bytes(b"\xff" * size) == b"\xff" * size
    assert values.make_bytes(size) == bytes(number % 256 for number in range(size))
    assert values.length(bytes(size)) == size


def test_a_list_of_many_lists_crosses() -> None:
    matrix = [[number, number + 1] for number in range(5_000)]
    assert rust().values.echo_matrix(matrix) == matrix


def test_what_the_generated_classes_make_comes_back_as_the_same_classes() -> None:
    values = rust().values
    person = values.Person("anna", 44, "a@b.c", ["x"], values.Role.SITE_ADMIN)
    assert values.echo_person(person) == person
    assert type(values.echo_person(person)) is values.Person
    assert values.echo_role(values.Role.READER) is values.Role.READER
    assert values.five(values.Point5(-1, 0.5, "p", True, 1 << 63)) == values.Point5(-1, 0.5, "p", True, 1 << 63)
    people = [(person, values.Shape.Rect(values.Size(1, 2))), (person, None)]
    assert values.echo_people(people) == people


@pytest.mark.parametrize("names", [(), ("CAN_READ",), ("CAN_WRITE", "CAN_EXECUTE"), ("CAN_READ", "CAN_EXECUTE")])
def test_flags_come_back_as_the_ones_that_were_set(names: tuple[str, ...]) -> None:
    rights = (values := rust().values).Rights
    flags = rights(0)
    for name in names:
        flags |= rights[name]
    assert values.echo_rights(flags) is flags


def test_variants_are_matched_by_their_classes() -> None:
    values = rust().values
    shape = values.Shape
    said = []
    for one in (shape.Circle(1.5), shape.Rect(values.Size(1, 2)), shape.Empty()):
        match values.echo_shape(one):
            case shape.Circle(radius):
                said.append(f"circle {radius}")
            case shape.Rect(size):
                said.append(f"rect {size.width} by {size.height}")
            case shape.Empty():
                said.append("nothing")
    assert said == ["circle 1.5", "rect 1.0 by 2.0", "nothing"]


def test_each_case_of_a_variant_is_of_the_variants_class() -> None:
    values = rust().values
    assert isinstance(values.echo_shape("empty"), values.Shape)
    assert values.echo_shape("empty") != values.echo_shape({"circle": 0})


def test_a_record_that_one_plugin_gave_goes_into_another() -> None:
    given = rust().values.echo_person({"name": "a", "age": 1, "email": None, "tags": [], "role": "editor"})
    other = rust().values
    assert type(given) is not other.Person
    assert other.echo_person(given).role is other.Role.EDITOR


def test_more_parameters_than_go_by_value_arrive_in_their_order() -> None:
    arguments = (True, -8, -16, -32, -64, 8, 16, 32, 64, 0.5, 0.25, "ü", "text", b"\1\2", ["a", "b"], (1, "z"))
    expected = (
        'true -8 -16 -32 -64 8 16 32 64 0.5 0.25 ü text [1, 2] ["a", "b"] (1, "z") '
        "Some(7) Role::Editor Rights { bits: 5 } Shape::Circle(2.5)"
    )
    rest = (7, "editor", {"can-read", "can-execute"}, {"circle": 2.5})
    many = rust().values.many_params
    assert many(*arguments, *rest) == expected
    assert many(**dict(zip("abcdefghijklmnopqrst", (*arguments, *rest), strict=True))) == expected


SETTINGS = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CHARACTERS = st.characters(exclude_categories=["Cs"])
ROUND_TRIPS = {
    "string": st.text(CHARACTERS),
    "char": CHARACTERS,
    "bytes": st.binary(),
    "s64": st.integers(-(1 << 63), (1 << 63) - 1),
    "u64": st.integers(0, (1 << 64) - 1),
    "s8": st.integers(-128, 127),
    "f64": st.floats(allow_nan=False),
    "f32": st.floats(allow_nan=False, width=32),
    "strings": st.lists(st.text(CHARACTERS)),
    "matrix": st.lists(st.lists(st.integers(0, (1 << 32) - 1))),
    "tuple": st.tuples(st.integers(0, 255), st.text(CHARACTERS), st.booleans()),
    "nested_option": st.none() | st.builds(Some, st.none() | st.integers(0, (1 << 32) - 1)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ROUND_TRIPS)
def test_any_value_of_a_type_comes_out_as_it_went_in(kind: str) -> None:
    echo = getattr(rust().values, f"echo_{kind}")

    @SETTINGS
    @given(ROUND_TRIPS[kind])
    def returns(value: Any) -> None:
        assert repr(echo(value)) == repr(value)

    returns()
