"""The repository as the laws see it: files that belong to it, and what a Python file imports and calls."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support import ROOT

PACKAGE = ROOT / "python" / "atoll"
TEXT = {
    ".py",
    ".pyi",
    ".rs",
    ".toml",
    ".md",
    ".yml",
    ".json",
    ".wit",
    ".wat",
    ".c",
    ".go",
    ".js",
    ".mjs",
    ".lua",
    ".txt",
    "",
}


@cache
def files() -> tuple[Path, ...]:
    """Every file that git would take, whether it was added already or not."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    named = (ROOT / name.decode() for name in listed.stdout.split(b"\0") if name)
    return tuple(sorted(file for file in named if file.is_file()))


def sources(*suffixes: str) -> list[Path]:
    """Our own files with these endings, without golden cases, lock files and vendored texts."""
    foreign = (ROOT / "tests" / "cases", ROOT / "wit")
    return [file for file in files() if file.suffix in suffixes and not any(map(file.is_relative_to, foreign))]


def parsed(file: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(file.read_text("utf-8"), str(file))


def module_name(file: Path) -> str:
    """`python/atoll/cli/up.py` is `atoll.cli.up`."""
    parts = file.relative_to(ROOT / "python").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path) -> Iterator[str]:
    """Every module of ours that the file imports, by statement or by name, anywhere in it."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative imports hide the layer"
            yield from ([node.module or ""] if node.module != "atoll" else [f"atoll.{a.name}" for a in node.names])
        elif isinstance(node, ast.Call) and _is_import_module(node):
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                yield str(argument.value)


def strings(file: Path) -> Iterator[str]:
    """Every string of a Python file."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_import_module(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in {"import_module", "__import__"} and bool(call.args)
