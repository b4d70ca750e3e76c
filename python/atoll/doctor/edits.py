"""Small changes of a TOML text that leave everything else as it is."""

from collections.abc import Iterable

from atoll.doctor.diagnosis import Edit
from atoll.manifest import writing
from atoll.manifest.positions import Path, statements
from atoll.manifest.toml import Toml


def inserted(toml: Toml, path: Path, key: str, value: str) -> tuple[Edit, ...]:
    """A key as the first of the table at `path`; nothing where that table has no place of its own."""
    if not path:
        return (Edit(0, 0, f"{key} = {value}\n"),)
    span = toml.span(path)
    text = "" if span is None else toml.text[slice(*span.value)]
    if span is None or text[:1] not in ("[", "{"):
        return ()
    start, end = span.value
    if text.startswith("[") and toml.text[span.key[1] : end].strip(" \t]"):
        # Only headers of tables in it mention the table, as `[a.b]` does `a`.
        name = ".".join(writing.key(str(part)) for part in path)
        return table(toml, f"[{name}]\n{key} = {value}\n", before=path)
    if text.startswith("["):
        line_end = toml.text.find("\n", end)
        at = len(toml.text) if line_end < 0 else line_end
        return (Edit(at, at, f"\n{key} = {value}"),)
    if not text[1:-1].strip():
        return (Edit(start, end, f"{{ {key} = {value} }}"),)
    return (Edit(start + 1, start + 1, f" {key} = {value},"),)


def table(toml: Toml, block: str, before: Path | None = None) -> tuple[Edit, ...]:
    """A table with its header, before the first one at the path `before` or below it; otherwise as the last one."""
    for statement in statements(toml.text)[0] if before is not None else ():
        span = toml.span(statement.path)
        is_header = span is not None and toml.text[span.value[0]] == "[" and span.value[0] < span.key[0]
        if is_header and statement.path[: len(before or ())] == before:
            gap = "" if statement.begin == 0 else "\n"
            rest = "" if statement.above[:1] == [""] else "\n"
            return (Edit(statement.begin, statement.begin, f"{gap}{block}{rest}"),)
    at = len(toml.text)
    gap = "" if not toml.text else "\n" if toml.text.endswith("\n") else "\n\n"
    return (Edit(at, at, gap + block),)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits that do not overlap: the shorter of two is taken, and the other left."""
    taken: list[Edit] = []
    for edit in sorted(edits, key=lambda one: one.end - one.start):
        if all(edit.end < other.start or other.end < edit.start for other in taken):
            taken.append(edit)
    for edit in sorted(taken, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
