"""What a locked app says about the dependencies of its components."""

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

Inherited = frozenset[str] | Literal["all"]
"""The keys of the manifest whose grants a dependency shares."""

_OWN = ("dependencies", "trigger_dependencies")


class Dependency(Struct, kw_only=True, frozen=True):
    """One dependency. `place` is the key of the component that names it, and which of the names there it has."""

    name: str
    place: tuple[str, str | None]
    source: str
    export: str | None = None
    inherits: Inherited = frozenset()
    dependencies: tuple["Dependency", ...] = ()
    """Its own, where it is a component of the same app."""


def has_dependencies(component: dict[str, Any]) -> bool:
    """Whether there is something to compose."""
    return any(component.get(key) for key in _OWN)


def composed_from(component: dict[str, Any], source: str) -> dict[str, Any]:
    """The component with the composition in the place of itself and of its dependencies."""
    rest = {key: value for key, value in component.items() if key not in _OWN}
    return {**rest, "source": {**component["source"], "source": source}}


def dependencies(component: dict[str, Any], place: str | None = None) -> tuple[Dependency, ...]:
    """Those of a component; of a dependency's own, `place` is the name of the one that the component itself has."""
    named: dict[str, Any] = component.get("dependencies", {})
    return tuple(_dependency(name, ("dependencies", place or name), one) for name, one in named.items())


def middleware(component: dict[str, Any]) -> tuple[Dependency, ...]:
    """Those that its requests pass first, the outermost at the beginning."""
    many: list[dict[str, Any]] = component.get("trigger_dependencies", {}).get("middleware", [])
    return tuple(_dependency("middleware", ("dependencies.middleware", None), one) for one in many)


def sources(component: dict[str, Any]) -> Iterator[str]:
    """The files of all that it is composed with."""
    left = [*dependencies(component), *middleware(component)]
    while left:
        one = left.pop()
        left += one.dependencies
        yield one.source


def _dependency(name: str, place: tuple[str, str | None], one: dict[str, Any]) -> Dependency:
    return Dependency(
        name=name,
        place=place,
        source=one["source"]["source"],
        export=one.get("export"),
        inherits=_inherited(one.get("inherit", {})),
        dependencies=dependencies(one, place[1]),
    )


def _inherited(inherit: Any) -> Inherited:
    return "all" if inherit == "All" else frozenset(inherit.get("Some", ()))
