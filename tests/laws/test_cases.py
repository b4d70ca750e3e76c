"""The table of hostile cases names tests that exist, and leaves out no case that applies."""

import ast
import re
from functools import cache

import pytest

from tests.support import ROOT

PAGE = (ROOT / "docs" / "security-cases.md").read_text("utf-8")
ROWS = [row.split("|")[1:4] for row in PAGE.splitlines() if row.startswith("| ") and "---" not in row]
NAMED = sorted(set(re.findall(r"`((?:tests|crates)/[^`\s]+)`", PAGE)))


@cache
def functions(file: str) -> set[str]:
    """The tests of a file."""
    text = (ROOT / file).read_text("utf-8")
    if file.endswith(".rs"):
        return set(re.findall(r"#\[test\]\s+fn (\w+)", text))
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_is_named_exists(named: str) -> None:
    file, _, function = named.partition("::")
    assert (ROOT / file).exists()
    assert not function or function in functions(file)


def test_every_case_has_its_row() -> None:
    cases = {int(number) for case, _, _ in ROWS for number in re.findall(r"\b\d+\b", case) if "-" not in case}
    assert cases == set(range(1, 61))


def test_every_row_says_what_holds_it() -> None:
    assert len(ROWS) > 50
    assert all("`" in held or "none" in held for _, _, held in ROWS if held.strip() != "held by")
