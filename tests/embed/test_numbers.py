"""Numbers of every width, up to both of their ends and no further."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.embed.plugins import rust

WIDTHS = {f"s{bits}": (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) for bits in (8, 16, 32, 64)} | {
    f"u{bits}": (0, (1 << bits) - 1) for bits in (8, 16, 32, 64)
}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_at_either_end_of_its_width_crosses(width: str) -> None:
    echo = getattr(rust().values, f"echo_{width}")
    least, most = WIDTHS[width]
    for number in (least, least + 1, 0, 1, most - 1, most):
        assert echo(number) == number


@pytest.mark.parametrize("width", WIDTHS)
def test_a_number_beyond_an_end_is_refused(width: str) -> None:
    echo = getattr(rust().values, f"echo_{width}")
    least, most = WIDTHS[width]
    for number in (least - 1, most + 1, -(1 << 70), 1 << 70, 1 << 1000):
        with pytest.raises((TypeError, OverflowError), match=r"^value: "):
            echo(number)
    assert echo(least) == least


class Index:
    """What numpy's integers have, too."""

    def __index__(self) -> int:
        return 7


class Float:
    def __float__(self) -> float:
        return 0.5


@pytest.mark.parametrize("number, given", [(Index(), 7), (True, 1)])
def test_whatever_is_an_index_is_an_integer(number: object, given: int) -> None:
    assert rust().values.echo_u8(number) == given


@pytest.mark.parametrize("number", ["7", 7.0, None, b"7", Decimal(7), Fraction(7), Float()])
def test_what_is_not_an_integer_is_refused(number: object) -> None:
    with pytest.raises(TypeError, match=r"^value: "):
        rust().values.echo_s32(number)


@pytest.mark.parametrize(
    "number, given", [(7, 7.0), (True, 1.0), (Float(), 0.5), (Fraction(1, 2), 0.5), (Index(), 7.0)]
)
def test_whatever_becomes_a_float_is_one(number: object, given: float) -> None:
    values = rust().values
    assert values.echo_f64(number) == given
    assert values.echo_f32(number) == given


@pytest.mark.parametrize("number", ["0.5", None, b"1", 1j, 10**400], ids=["text", "none", "bytes", "complex", "huge"])
def test_what_does_not_become_a_float_is_refused(number: object) -> None:
    values = rust().values
    for echo in (values.echo_f64, values.echo_f32):
        with pytest.raises((TypeError, OverflowError), match=r"^value: "):
            echo(number)


def test_a_float_beyond_32_bits_is_refused() -> None:
    echo = rust().values.echo_f32
    for beyond in (1e300, -1e300):
        with pytest.raises(TypeError, match=r"^value: .* does not fit f32"):
            echo(beyond)
    assert (echo(math.inf), echo(1e-300)) == (math.inf, 0.0)


@pytest.mark.parametrize("truth", [0, 1, None, "", "true", 1.0], ids=repr)
def test_only_true_and_false_are_truths(truth: Any) -> None:
    with pytest.raises(TypeError, match=r"^value: "):
        rust().values.echo_bool(truth)


@pytest.mark.parametrize("char", ["", "ab", "e\u0301", "\ud800", chr(0xDFFF), 65, None, b"a"], ids=ascii)
def test_only_one_code_point_that_is_no_surrogate_is_a_character(char: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^value: "):
        rust().values.echo_char(char)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", b"text", 1, None, ["a"]], ids=ascii)
def test_only_text_without_surrogates_is_a_string(text: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^value: "):
        rust().values.echo_string(text)
