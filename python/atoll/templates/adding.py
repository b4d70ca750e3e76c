"""Text that is added to a manifest: what stands there keeps its place, its comments and its form.

The text that comes out was read as a manifest again. Raised is a UserError or Problems, and then nothing has changed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest import writing
from atoll.manifest.document import Document
from atoll.manifest.positions import Span, scan
from atoll.manifest.toml import Toml


def opened(file: Path) -> Toml:
    """The manifest of an app to which something can be added. Raises UserError or Problems."""
    try:
        toml = Toml.from_file(file)
    except OSError as error:
        raise UserError("manifest-unreadable", f"{file} cannot be read: {error.strerror}") from None
    if check(toml).version != 2:
        raise UserError(
            "template-unsuitable",
            f"{file} is of version 1, and templates write version 2",
            f"write it as version 2 first: `atoll upgrade {file}`",
        )
    return toml


def check(manifest: Toml) -> Document:
    """The manifest, as atoll reads it; one that has no trigger yet is good as well. Raises UserError or Problems."""
    triggers = "" if "trigger" in manifest.data else "\n[trigger]\n"
    return Document.settled(f"{manifest.text}{triggers}".encode(), manifest.file)


def added(manifest: Toml, snippets: Mapping[str, Toml], *, overwrite: bool) -> str:
    """The manifest's text with the snippets of a template in it.

    A component and a route that it has already are refused, and so is a variable that it declares otherwise, unless
    `overwrite` says that it may be replaced.
    """
    raise_all([*_taken(manifest, snippets), *(() if overwrite else _declared_otherwise(manifest, snippets))])
    text = manifest.text
    if "variables" in snippets:
        text = _with_variables(text, manifest, snippets["variables"].data)
    for name in ("application_trigger", "component"):
        if name in snippets:
            text = f"{text.rstrip()}\n\n{snippets[name].text.strip()}\n"
    check(Toml(text, manifest.file))
    return text


def routes(data: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The routes of a manifest's HTTP triggers, each with its place among them."""
    trigger = data.get("trigger")
    triggers = trigger.get("http") if isinstance(trigger, dict) else None
    for index, one in enumerate(triggers if isinstance(triggers, list) else ()):
        if isinstance(one, dict) and isinstance(one.get("route"), str):
            yield one["route"], index


def _taken(manifest: Toml, snippets: Mapping[str, Toml]) -> Iterator[AtollError]:
    for snippet in snippets.values():
        for name in _components(snippet.data):
            if name in _components(manifest.data):
                yield UserError(
                    "id-duplicate",
                    f"the app has a component `{name}` already",
                    "choose another name",
                    location=manifest.location(("component", name), key=True),
                )
        there = dict(routes(manifest.data))
        for route, _ in routes(snippet.data):
            if route in there:
                yield UserError(
                    "route-taken",
                    f"the app answers `{route}` already",
                    "choose another one: -v http-path=/other/...",
                    location=manifest.location(("trigger", "http", there[route], "route")),
                )


def _components(data: Mapping[str, Any]) -> Mapping[str, Any]:
    components = data.get("component")
    return components if isinstance(components, dict) else {}


def _declared_otherwise(manifest: Toml, snippets: Mapping[str, Toml]) -> Iterator[AtollError]:
    there = manifest.data.get("variables", {})
    for name, value in (snippets["variables"].data if "variables" in snippets else {}).items():
        if there.get(name, value) != value:
            yield UserError(
                "id-duplicate",
                f"the app declares the variable `{name}` otherwise: the template wants `{writing.value(value)}`",
                "--allow-overwrite replaces it",
                location=manifest.location(("variables", name)),
            )


def _with_variables(text: str, manifest: Toml, wanted: Mapping[str, Any]) -> str:
    there = manifest.data.get("variables", {})
    spans = scan(text)
    for name in sorted(set(wanted) & set(there), key=lambda name: spans["variables", name].value, reverse=True):
        if wanted[name] != there[name]:
            text = _replaced(text, manifest, name, spans["variables", name], wanted[name])
    lines = "".join(f"{writing.key(name)} = {writing.value(wanted[name])}\n" for name in wanted if name not in there)
    if not lines:
        return text
    if not there:
        return f"{text.rstrip()}\n\n[variables]\n{lines}"
    at = _end_of_variables(text, manifest)
    return f"{text[:at]}{lines}{text[at:]}"


def _replaced(text: str, manifest: Toml, name: str, span: Span, value: object) -> str:
    start, end = span.value
    if not text.startswith("{", start):
        raise UserError(
            "template-unsuitable",
            f"the variable `{name}` is no inline table, so it is not replaced",
            f"write it as `{name} = {writing.value(value)}`",
            location=manifest.location(("variables", name)),
        )
    return text[:start] + writing.value(value) + text[end:]


def _end_of_variables(text: str, manifest: Toml) -> int:
    """The offset of the line behind the last one of the table."""
    spans = scan(text)
    start, header = spans["variables",].value
    if text[start:header].replace(" ", "") != "[variables]":
        raise UserError(
            "template-unsuitable",
            "nothing can be added to the manifest's variables, which have no table of their own",
            "write them below a line `[variables]`",
            location=manifest.location(("variables",)),
        )
    opening = (one.value[0] for one in spans.values() if _is_header(one) and one.value[0] >= header)
    end = min(opening, default=len(text))
    own = (one.value[1] for path, one in spans.items() if path[0] == "variables" and header <= one.value[0] < end)
    line_end = text.find("\n", max(own, default=header))
    return len(text) if line_end < 0 else line_end + 1


def _is_header(span: Span) -> bool:
    """Its key stands in the brackets; that of a pair stands before its value."""
    return span.value[0] < span.key[0]
