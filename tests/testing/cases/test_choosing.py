"""Tests are chosen by name and by expression."""

import pytest

from atoll.errors import UserError
from atoll.testing.cases.choosing import Chosen, takes

NAMES = ["a user is kept", "A User is found", "nobody is there and nobody was"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", NAMES),
        ("user", NAMES[:2]),
        ("user is kept", NAMES[:1]),
        ("user and not kept", NAMES[1:2]),
        ("kept or found", NAMES[:2]),
        ("not (kept or found)", NAMES[2:]),
        ("'there and nobody'", NAMES[2:]),
        ("not not user", NAMES[:2]),
    ],
)
def test_an_expression_takes_names(expression: str, expected: list[str]) -> None:
    assert [name for name in NAMES if takes(expression)(name)] == expected


@pytest.mark.parametrize("expression", ["and", "user and", "(user", "user)", "not", "'user", "or user", "()"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(UserError, match="is no expression") as refused:
        takes(expression)
    assert refused.value.code == "argument-invalid"


def test_names_are_whole_or_globs() -> None:
    assert [name for name in NAMES if Chosen(("a user is kept",)).takes(name)] == NAMES[:1]
    assert [name for name in NAMES if Chosen(("*is*",), "there").takes(name)] == NAMES[2:]
    assert not Chosen(("user",)).takes(NAMES[0])
