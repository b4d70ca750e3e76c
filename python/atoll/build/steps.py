"""Which components of an app are built, how, and which of them after which others."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from atoll.app import App
from atoll.errors import Location, UserError, raise_all
from atoll.lock import glob
from atoll.manifest.check import unknown_component
from atoll.manifest.model import AppDependency, Build, BuildSettings, Component, LocalDependency


@dataclass(frozen=True, slots=True)
class Step:
    """How one component is built.

    `commands` are run one after the other by a shell in `folder`, below which the globs of `watch` find what they read.
    `output` is the file that they make, where the manifest names one; `finish` says what then becomes of it. `after`
    are the components to be built before. `place` and `source` are where the manifest says so.
    """

    component: str
    commands: tuple[str, ...]
    folder: Path
    watch: tuple[str, ...]
    output: Path | None
    after: frozenset[str]
    place: Location | None
    source: Location | None
    finish: BuildSettings = field(default_factory=BuildSettings)


def steps(app: App, chosen: Collection[str] = ()) -> list[Step]:
    """The steps of all components that have a build, or of the chosen ones, each behind those that it needs.

    Raises UserError for a chosen component that the app does not have, for components that need each other in a circle,
    and for globs that are none.
    """
    components = app.manifest.component
    raise_all(unknown_component(name, app.manifest) for name in chosen if name not in components)
    needs = {name: set(_needs(app, name)) for name in components}
    try:
        order = [*TopologicalSorter(needs).static_order()]
    except CycleError as error:
        circle = error.args[1]
        raise UserError(
            "build-circle",
            f"components need each other: {' needs '.join(f'`{name}`' for name in reversed(circle))}",
            "remove one of the dependencies",
            location=app.locate(circle[0], "dependencies"),
        ) from None
    built = {name for name in components if components[name].build and (not chosen or name in chosen)}
    raise_all(problem for name in sorted(built) for problem in _malformed(app, name))
    return [_step(app, name, frozenset(_before(name, needs)) & built) for name in order if name in built]


def _step(app: App, name: str, after: frozenset[str]) -> Step:
    component = app.manifest.component[name]
    build = component.build or Build(command="")
    return Step(
        component=name,
        commands=(build.command,) if isinstance(build.command, str) else tuple(build.command),
        folder=app.base / (build.workdir or ""),
        watch=tuple(build.watch),
        output=_output(app, component),
        finish=_finish(component),
        after=after,
        place=app.locate(name, "build.command"),
        source=app.locate(name, "source"),
    )


def _malformed(app: App, name: str) -> Iterator[UserError]:
    build = app.manifest.component[name].build
    for pattern in build.watch if build is not None else ():
        try:
            glob.Pattern(pattern)
        except ValueError as error:
            place = app.locate(name, "build.watch", pattern)
            yield UserError("manifest-value-invalid", f"component `{name}`: {error}", "mend the glob", location=place)


def _finish(component: Component) -> BuildSettings:
    settings = component.tool.atoll if component.tool else None
    return (settings.build if settings else None) or BuildSettings()


def _output(app: App, component: Component) -> Path | None:
    return _normal(app.base / component.source) if isinstance(component.source, str) else None


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


def _needs(app: App, name: str) -> Iterator[str]:
    """The components that this one is composed with, be it by their name or by the file that they make."""
    components = app.manifest.component
    outputs = {_output(app, component): other for other, component in components.items() if component.build}
    for dependency in components[name].dependencies.values():
        if isinstance(dependency, AppDependency) and dependency.component in components:
            yield dependency.component
        elif isinstance(dependency, LocalDependency):
            other = outputs.get(_normal(app.base / dependency.path))
            if other is not None:
                yield other


def _before(name: str, needs: dict[str, set[str]]) -> set[str]:
    """All that it needs, and what those need."""
    found: set[str] = set()
    waiting = [*needs[name]]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += needs[one]
    return found
