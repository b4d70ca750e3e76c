"""What a project's sources say without being run: the modules it is made of, and what they use of `atoll_guest`."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from python_component.interfaces import ROOMS
from python_component.refused import Refused

__all__ = ("Project", "Use", "graph", "scanned")

# What of `atoll_guest.http` needs no outgoing HTTP.
_INCOMING = {
    "Body", "BodyBroken", "HeaderSource", "Headers", "Incoming", "Request", "Response", "Values", "handler",
}  # fmt: skip
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#;]+)|import[ \t]+([^\n#;]+))", re.M
)
_GUARD = re.compile(r"""^if[ \t(]+__name__[ \t]*==[ \t]*['"]__main__['"]""", re.M)


@dataclass
class Use:
    """What sources ask for: rooms of `atoll_guest`, outgoing HTTP, an event loop."""

    rooms: set[str] = field(default_factory=set)
    client: bool = False
    asynchronous: bool = False


@dataclass
class Project:
    """The modules that are reached from the first one, by name; `use` is theirs together, `imported` what they name."""

    root: Path
    modules: dict[str, Path] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    use: Use = field(default_factory=Use)
    scripts: list[tuple[int, str]] = field(default_factory=list)


def scanned(root: Path, module: str) -> Project:
    """Follow the imports from this module on. Raises Refused where it is not there."""
    project = Project(root)
    first = _file(root, module)
    if first is None:
        raise Refused(
            f"there is no module `{module}` in {root}",
            f"write {module.replace('.', '/')}.py, or name another module: `python-component MODULE`",
        )
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(root, name)
        if file is None or name in project.modules:
            continue
        project.modules[name] = file
        text = file.read_text("utf-8", "replace")
        for imported, names in _imports(text, name, file.name == "__init__.py"):
            waiting += [imported, *(f"{imported}.{each}" for each in names), *_parents(imported)]
            _note(project.use, imported, names, text)
            project.imported.add(imported.partition(".")[0])
        project.use.asynchronous |= "async " in text or "asyncio" in text
    project.scripts = _scripts(first.read_text("utf-8", "replace"))
    return project


def graph(folder: Path) -> tuple[Use, dict[str, list[str]]]:
    """What installed packages use of `atoll_guest`, and what each of them, by its name at the top, imports of the others."""
    use = Use()
    found: dict[str, set[str]] = {}
    tops = {path.stem for path in folder.iterdir() if path.suffix in ("", ".py")}
    for file in folder.rglob("*.py"):
        text = file.read_text("utf-8", "replace")
        taken = found.setdefault(file.relative_to(folder).parts[0].removesuffix(".py"), set())
        use.asynchronous = use.asynchronous or "asyncio" in text
        for imported, names in _imports_by_lines(text):
            _note(use, imported, names, text)
            taken.add(imported.partition(".")[0])
    return use, {top: sorted(each & tops - {top}) for top, each in found.items()}


def _file(root: Path, module: str) -> Path | None:
    place = root.joinpath(*module.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)


def _parents(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


def _imports(text: str, module: str, is_package: bool) -> Iterator[tuple[str, list[str]]]:
    """Every import of a source: the module, and the names that are taken out of it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        # Newer than the Python that runs this, or wrong: the sandbox's own will say.
        yield from _imports_by_lines(text)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, is_package, node.level)
            yield ".".join(filter(None, (base, node.module))), [alias.name for alias in node.names]


def _base(module: str, is_package: bool, level: int) -> str:
    """What a relative import of this level begins with."""
    parts = module.split(".")
    above = level - 1 if is_package else level
    return ".".join(parts[: len(parts) - above]) if level else ""


def _imports_by_lines(text: str) -> Iterator[tuple[str, list[str]]]:
    for source, names, plain in _IMPORT.findall(text):
        if plain:
            yield from ((each.split()[0], []) for each in plain.split(",") if each.strip())
        else:
            yield source, [each.split()[0] for each in names.strip("()").split(",") if each.strip()]


def _note(use: Use, imported: str, names: list[str], text: str) -> None:
    package, _, below = imported.partition(".")
    if package != "atoll_guest":
        return
    used = [below.partition(".")[0]] if below else names
    use.rooms |= ROOMS.keys() & set(used)
    if "http" in used:
        taken = set(names) if below else set(re.findall(r"\bhttp\s*\.\s*(\w+)", text)) - {"http"}
        use.client |= not taken <= _INCOMING or (not taken and not below)
    if below.startswith("http") and not names:
        use.client = True
    use.asynchronous |= "loop" in used


def _scripts(text: str) -> list[tuple[int, str]]:
    """What stands under `if __name__ == "__main__":`, each with its first line."""
    lines = text.splitlines(keepends=True)
    return [(first, "".join(lines[first - 1 : last])) for first, last in _guards(text, lines)]


def _guards(text: str, lines: list[str]) -> Iterator[tuple[int, int]]:
    """The first and the last line of each."""
    try:
        parts = ast.parse(text).body
    except (SyntaxError, ValueError):
        for match in _GUARD.finditer(text):
            last = first = text.count("\n", 0, match.start()) + 1
            while last < len(lines) and (lines[last][0] in " \t#\r\n)" or lines[last].startswith(("else", "elif"))):
                last += 1
            yield first, last
        return
    for part in parts:
        if isinstance(part, ast.If) and _GUARD.match(ast.unparse(part)):
            yield part.lineno, part.end_lineno or part.lineno
