"""What mypy and ruff say of the packages that `atoll bind` writes, and of code that uses them."""

import ast
from pathlib import Path

import pytest

from atoll.embed.bind.numbers import Numbers
from atoll.embed.bind.parser import parsed
from atoll.errors import UserError
from tests.embed.packages import CASES, all_bound, bound_wit, expected, mypy, ruff

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return all_bound(tmp_path_factory.mktemp("typed"))


@pytest.fixture(scope="module")
def said(packages: Path) -> dict[str, list[str]]:
    return mypy(packages, packages, CASES / "uses.py", CASES / "misuses.py")


def test_mypy_is_content_with_the_packages_and_with_what_uses_them_well(said: dict[str, list[str]]) -> None:
    assert {place: codes for place, codes in said.items() if not place.startswith("misuses.py")} == {}


def test_mypy_finds_each_misuse(said: dict[str, list[str]]) -> None:
    found = {place: codes for place, codes in said.items() if place.startswith("misuses.py")}
    assert found == expected(CASES / "misuses.py")
    assert len(found) > 20


def test_a_resource_without_a_package_has_whatever_methods_its_wit_says(tmp_path: Path) -> None:
    uses = tmp_path / "untyped.py"
    uses.write_text(
        "import atoll\n\n\ndef total(counter: atoll.GuestResource) -> int:\n"
        "    number: int = counter.value()\n    counter.close()\n    return number\n"
    )
    assert mypy(tmp_path, uses) == {}


def test_ruff_is_content_with_the_packages(packages: Path) -> None:
    assert ruff(packages, "check") == ""


@pytest.mark.parametrize("width", ["88", "120"])
def test_ruff_would_not_format_the_packages_otherwise(packages: Path, width: str) -> None:
    assert ruff(packages, "format", "--check", "--line-length", width) == ""


def test_comments_of_the_wit_are_docstrings(packages: Path) -> None:
    text = (packages / "names" / "host.py").read_text("utf-8")
    classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    functions = {node.name: node for node in classes["Door"].body if isinstance(node, ast.FunctionDef)}
    assert ast.get_docstring(classes["Door"]) == "A door."
    assert ast.get_docstring(functions["is_open"]) == "Whether it is open."
    assert ast.get_docstring(functions["knock"]) == "Its error is GuestError with `str`."
    assert ast.get_docstring(classes["Host"]) == 'What the host says.\nIt says """a lot""" \\N{DIGIT ONE}.'


def test_a_strangers_comment_is_nothing_but_a_comment(tmp_path: Path) -> None:
    comment = r'Ends """ here; \N{BULLET} \ and' + "\x1b[31m \u202e red\"\n/// x = __import__('os').abort()\n"
    text = f"""package root:component;

/// {comment}
world root {{
  /// {comment}
  record point {{
    /// {comment}
    x: u32,
  }}

  /// {comment}
  export get: func() -> point;
}}
"""
    folder = bound_wit(text, {}, tmp_path / "stranger")
    source = (folder / "__init__.py").read_text("utf-8")
    names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert "Point" in names
    assert "__import__" not in names
    assert "__import__" in source
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert mypy(tmp_path, folder) == {}
    assert ruff(folder, "check", "--select=E9,F") == ""


@pytest.mark.parametrize("text", ["", "package a:b;\nworld root { export f: thing }", "package a:b;\n\x00"])
def test_wit_that_is_not_understood_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(UserError, match=r"line \d+ of the component's WIT is not understood"):
        parsed(text)


def test_bytes_stand_for_two_integers_one_after_the_other() -> None:
    function = Numbers("f", ("i32", "i32", "f64", "i32", "i32"), ("i64",))
    assert function.ways(True) == [
        ("int", "int", "float", "int", "int"),
        ("int", "int", "float", "bytes"),
        ("bytes", "float", "int", "int"),
        ("bytes", "float", "bytes"),
    ]
    assert function.ways(False) == [("int", "int", "float", "int", "int")]
    assert Numbers("f", ("i32",) * 9, ()).ways(True) is None
    assert Numbers("f", ("i32", "i32"), ()).ways_to_bytes(True) == [("bytes",)]
    assert Numbers("f", ("i32", "i32"), ("i32",)).ways_to_bytes(True) == []
