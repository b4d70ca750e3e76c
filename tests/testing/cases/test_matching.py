"""What fits and what does not."""

from pathlib import Path
from typing import Any

import pytest

from atoll.testing.cases import matching


@pytest.mark.parametrize(
    ("expected", "got", "part", "fits"),
    [
        (1, 1.0, False, True),
        (1, True, False, False),
        ({"a": 1}, {"a": 1, "b": 2}, False, False),
        ({"a": 1}, {"a": 1, "b": 2}, True, True),
        ([{"a": 1}], [{"a": 1, "b": 2}], True, True),
        ([1], [1, 2], True, False),
        ({"matches": "^a"}, "ab", False, True),
        ({"matches": "^b"}, "ab", False, False),
        ({"matches": "1"}, 1, False, False),
        ({"matches": "^a", "b": 1}, {"matches": "^a", "b": 1}, False, True),
        (None, None, False, True),
        (None, {}, True, False),
        ({}, [], True, False),
    ],
)
def test_values_fit(expected: Any, got: Any, part: bool, fits: bool) -> None:
    assert (matching.values(expected, got, part=part) == []) is fits


def test_many_differences_are_not_all_told() -> None:
    assert matching.values([*range(50)], [-1] * 50)[-1] == "and 30 more differences"
    long = "\n".join(map(str, range(500)))
    assert len(matching.texts(long, b"\n" * 500, Path())) < 70
    assert len(matching.told("x" * 1000)) < 450


@pytest.mark.parametrize(
    ("keys", "held", "wrong"),
    [
        ({}, {}, []),
        ({}, {"a": b"1"}, [""]),
        ({"*": True}, {}, []),
        ({"a*": True}, {}, ["a*"]),
        ({"a*": "1", "ab": "2"}, {"ac": b"1", "ab": b"2"}, []),
        ({"a*": "1"}, {"ac": b"1", "ab": b"2"}, ["a*"]),
        ({"*": True, "a": False}, {"a": b"1", "b": b""}, ["a"]),
        ({"[a]?": "1"}, {"[a]?": b"1"}, []),
    ],
)
def test_contents_fit(keys: dict[str, Any], held: dict[str, bytes], wrong: list[str]) -> None:
    assert [key for key, _ in matching.holds(keys, held, Path())] == wrong


def test_texts_that_differ_in_their_line_ends_alone_are_told_apart() -> None:
    assert "line ends" in matching.texts("a\nb\nc\n", b"a\r\nb\r\nc\r\n", Path())[1]
