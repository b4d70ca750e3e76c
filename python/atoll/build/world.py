"""What a component that was built imports, held against what the manifest gives it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from atoll import host
from atoll.app import App
from atoll.errors import UserError
from atoll.host.inspected import Import
from atoll.manifest import grants


def lacking(app: App, component: str, output: Path) -> tuple[str, ...]:
    """The keys of the manifest that would grant what the component imports, and that it does not have.

    Calls of such interfaces are refused, which an SDK that imports everything never notices. Raises UserError where the
    output is no wasm, and `guest-import-unknown` for what nobody answers.
    """
    return lacking_of(app, component, _imports(str(output)))


# By the names of all imports, in their order.
_known: dict[tuple[str, ...], list[Import]] = {}


def _imports(output: str) -> list[Import]:
    """What it imports. Builds of one component mostly import the same, and names are found sooner than answers are.

    An import whose type alone has changed is refused when it is loaded.
    """
    try:
        names = tuple(one.name for one in host.surface(output).imports)
    except UserError:
        # No component: its imports are those of a module.
        return host.imports(output)
    if names not in _known:
        _known[names] = host.imports(output)
    return _known[names]


def lacking_of(app: App, component: str, imports: list[Import]) -> tuple[str, ...]:
    """The same of a component that was looked into already."""
    unknown = [one.name for one in imports if one.answer == "nobody" or _needs_object(app, component, one)]
    if unknown:
        raise UserError(
            "guest-import-unknown",
            f"component `{component}` imports what nobody answers: {', '.join(f'`{name}`' for name in unknown)}",
            "name a Python object for it in [application.tool.atoll.imports], or a component in its `dependencies`",
            location=app.locate(component, "source"),
        )
    return tuple(dict.fromkeys(_ungranted(app, component, imports)))


def _needs_object(app: App, component: str, one: Import) -> bool:
    if one.answer != "object" or app.manifest.component[component].dependencies:
        return False
    settings = app.manifest.application.tool.atoll
    named = settings.imports if settings is not None else {}
    return one.name not in named and one.name.split("@")[0] not in named


def _ungranted(app: App, component: str, imports: list[Import]) -> Iterator[str]:
    for one in imports:
        # What WASI's own interfaces reach is imported by every libc.
        key = grants.key(one.name, one.room) if one.room is not None else None
        if key is not None and not given(app, component, key):
            yield key


def given(app: App, component: str, key: str) -> Any:
    """What a component's dotted key holds."""
    value: object = app.manifest.component[component]
    for part in key.split("."):
        value = getattr(value, part, None)
    return value
