"""Lines of Python as a formatter would leave them: what does not fit is one part a line."""

from collections.abc import Iterable, Sequence

WIDTH = 88


def indented(lines: Iterable[str]) -> list[str]:
    """One step to the right."""
    return [f"    {line}" if line else "" for line in lines]


def documented(text: str) -> list[str]:
    """A docstring. The text may be a stranger's: nothing in it ends the string or is more than a character."""
    lines = [_harmless(line).rstrip() for line in text.strip().split("\n")]
    if lines[-1].endswith('"'):
        lines[-1] = lines[-1][:-1] + '\\"'
    if len(lines) == 1:
        return [f'"""{lines[0]}"""']
    return [f'"""{lines[0]}', *lines[1:], '"""']


def _harmless(line: str) -> str:
    line = line.replace("\t", "    ").replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)


def shown(text: str) -> str:
    """A stranger's text within a line of ours."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def function(
    name: str, parameters: Sequence[str], returns: str, docs: str = "", *, before: Sequence[str] = ()
) -> list[str]:
    """A function without a body, or with a docstring for one. `before` are its decorators."""
    end = f" -> {returns}:" + ("" if docs else " ...")
    line = f"def {name}({', '.join(parameters)}){end}"
    # Four for the class around it.
    if len(line) + 4 <= WIDTH or not parameters:
        lines = [line]
    else:
        lines = [f"def {name}(", *indented(f"{parameter}," for parameter in parameters), f"){end}"]
    return [*(f"@{decorator}" for decorator in before), *lines, *indented(documented(docs) if docs else ())]


def block(head: str, docs: str, members: Iterable[Sequence[str]]) -> list[str]:
    """A class: each member with an empty line before it."""
    lines = [f"{head}:", *indented(documented(docs))]
    for member in members:
        lines += ["", *indented(member)]
    return lines


def union(parts: Iterable[str]) -> str:
    """Each once; None comes last."""
    found = dict.fromkeys(parts)
    return " | ".join(sorted(found, key=lambda part: part == "None"))


def called(head: str, parts: Sequence[str], end: str) -> list[str]:
    """`head`, parts with commas between them, `end`."""
    line = f"{head}{', '.join(parts)}{end}"
    if len(line) <= WIDTH or not parts:
        return [line]
    return [head, *indented(f"{part}," for part in parts), end]


def quoted(text: str) -> str:
    """A string as source."""
    plain = repr(text)
    return plain if '"' in text or "'" in text else f'"{plain[1:-1]}"'


def literal(value: object, end: str = "") -> list[str]:
    """A tuple of names, truths and tuples."""
    line = repr(value).replace("'", '"') + end
    if len(line) + 4 <= WIDTH or not isinstance(value, tuple):
        return [line]
    lines = ["("]
    for part in value:
        lines += indented(literal(part, ","))
    return [*lines, f"){end}"]
