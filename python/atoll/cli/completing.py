"""The values that a shell offers while one types: files, and the names of what there is.

What cannot be found out offers nothing: nobody wants to read an error on half a line.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import click
from click.shell_completion import CompletionItem

from atoll.errors import AtollError

Named = Iterable[tuple[str, str]]
"""Values, each with a sentence about it, which may be empty."""


def attach(command: click.Command, name: str) -> None:
    """Let the command's parameters offer values that click does not know."""
    for parameter in command.params:
        offer = _offer(name, parameter)
        if offer is not None:
            parameter.shell_complete = offer  # type: ignore[method-assign, assignment]
    for each, below in command.commands.items() if isinstance(command, click.Group) else ():
        attach(below, f"{name} {each}")


def _offer(command: str, parameter: click.Parameter) -> Callable[[click.Context, str], list[CompletionItem]] | None:
    named = _OF_COMMANDS.get((command, parameter.name or "")) or _OF_PARAMETERS.get(parameter.name or "")
    if named is not None:
        return partial(_beginning, named)
    kind = _PLACES.get((parameter.metavar or parameter.name or "").strip("[].").lower())
    return None if kind is None or not _is_text(parameter) else partial(_place, kind)


def _is_text(parameter: click.Parameter) -> bool:
    """Whether click itself has nothing to offer."""
    return parameter.type.name == "text"


def _beginning(named: Callable[[click.Context], Named], context: click.Context, typed: str) -> list[CompletionItem]:
    try:
        found = [*named(context)]
    except AtollError:
        return []
    return [CompletionItem(value, help=about or None) for value, about in found if value.startswith(typed)]


def _place(kind: str, _: click.Context, typed: str) -> list[CompletionItem]:
    return [CompletionItem(typed, type=kind)]


def _components(context: click.Context) -> Named:
    """Of the manifest that the line names, or of the nearest."""
    from atoll.app import App

    manifest = App.load(context.params.get("source")).manifest
    return [(name, component.description) for name, component in manifest.component.items()]


def _profiles(context: click.Context) -> Iterator[tuple[str, str]]:
    from atoll.app import App

    manifest = App.load(context.params.get("source")).manifest
    for name in dict.fromkeys(name for component in manifest.component.values() for name in component.profile):
        yield name, ""


def _templates(context: click.Context) -> Named:
    from atoll.templates import store

    found, _ = store.known()
    # Behind the template stands the name of what is made, which nobody can know.
    is_chosen = bool(context.params.get("words"))
    return [] if is_chosen else [(one.id, one.description.description) for one in found]


def _toolchains(_: click.Context) -> Named:
    from atoll.toolchain.known import TOOLCHAINS

    return [(name, one.about) for name, one in TOOLCHAINS.items()]


def _codes(_: click.Context) -> Named:
    from atoll.errors import CODES

    return [(code, entry.meaning) for code, entry in CODES.items()]


def _commands(_: click.Context) -> Named:
    from atoll.cli.commands import COMMANDS

    return [(name, "") for name in COMMANDS]


_OF_COMMANDS: dict[tuple[str, str], Callable[[click.Context], Named]] = {
    ("add", "template"): _templates,
    ("add", "words"): _templates,
    ("explain", "code"): _codes,
    ("man", "name"): _commands,
    ("new", "template"): _templates,
    ("new", "words"): _templates,
    ("templates remove", "names"): _templates,
    ("toolchain install", "names"): _toolchains,
    ("toolchain remove", "names"): _toolchains,
}
_OF_PARAMETERS = {"component_id": _components, "follow": _components, "profile": _profiles}
_PLACES = {
    "dir": "dir",
    "file": "file",
    "from": "file",
    "host[::guest": "dir",
    "host[::guest][:ro": "dir",
    "path": "file",
    "path|name": "file",
    "path|reference": "file",
}
