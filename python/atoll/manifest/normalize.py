"""The manifest in canonical form: trigger ids, inline components, profile, inheritance, references, in Spin's order.

A golden file fixes the names that are made up (`tests/cases/spin/manifest-ui/normalization.toml`).
"""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import count

from msgspec.structs import replace

from atoll.manifest import dependencies, ids
from atoll.manifest.model import (
    AppDependency,
    Build,
    Component,
    ComponentSpec,
    Manifest,
    Profile,
    Trigger,
    TriggerComponent,
    TriggerDependency,
)
from atoll.manifest.positions import Path
from atoll.manifest.read import Reader


class Normalizer:
    """Brings one manifest into canonical form, in place. Problems are the reader's, `moves` says what went where."""

    def __init__(self, manifest: Manifest, reader: Reader) -> None:
        self.manifest = manifest
        self.reader = reader
        self.moves: dict[Path, Path] = {}
        self.numbered = (f"inline-component{n}" for n in count(1))

    def run(self, profile: str | None = None) -> None:
        """All steps. A profile that a component does not have leaves that component as it is."""
        self._trigger_ids()
        self._inline_components()
        if profile is not None:
            self._apply_profile(profile)
        self._inherit()
        self._references()

    def _triggers(self) -> Iterator[tuple[Path, Trigger]]:
        for kind, triggers in self.manifest.trigger.items():
            for index, trigger in enumerate(triggers):
                yield ("trigger", kind, index), trigger

    def _trigger_ids(self) -> None:
        taken = {trigger.id for _, trigger in self._triggers()}
        for kind, triggers in self.manifest.trigger.items():
            numbered = (f"{kind}-trigger{n}" for n in count(1))
            for trigger in triggers:
                if not trigger.id:
                    trigger.id = _trigger_id(kind, trigger, taken, numbered)
                    taken.add(trigger.id)

    def _inline_components(self) -> None:
        for path, trigger in self._triggers():
            specs = _specs(path, trigger)
            for spec_path, spec in specs:
                if isinstance(spec, Component):
                    name = self._inline_id(trigger.id, alone=len(specs) == 1)
                    self.manifest.component[name] = spec
                    self.moves["component", name] = spec_path
                    _put(trigger, spec_path[len(path) :], name)

    def _inline_id(self, trigger_id: str, *, alone: bool) -> str:
        natural = f"{trigger_id}-component"
        if alone and natural not in self.manifest.component and ids.kebab(natural) is None:
            return natural
        return next(name for name in self.numbered if name not in self.manifest.component)

    def _apply_profile(self, name: str) -> None:
        for component_id, component in self.manifest.component.items():
            profile = component.profile.get(name)
            if profile is not None:
                self._override(component_id, component, name, profile)

    def _override(self, component_id: str, component: Component, name: str, profile: Profile) -> None:
        base: Path = ("component", component_id)
        here: Path = (*base, "profile", name)
        if profile.source is not None:
            component.source = profile.source
            self.moves[*base, "source"] = (*here, "source")
        component.environment = component.environment | profile.environment
        component.dependencies = component.dependencies | profile.dependencies
        for key in profile.dependencies:
            self.moves[*base, "dependencies", key] = (*here, "dependencies", key)
        if profile.build is not None:
            old = component.build or Build(command="")
            component.build = replace(old, command=profile.build.command)

    def _inherit(self) -> None:
        for name, component in self.manifest.component.items():
            wanted = component.dependencies_inherit_configuration
            component.dependencies_inherit_configuration = None
            if wanted is None:
                continue
            for key, dependency in component.dependencies.items():
                if isinstance(dependency, str):
                    continue
                if dependency.inherit_configuration is not None:
                    self._inherits_twice(name, key)
                elif wanted:
                    component.dependencies[key] = replace(dependency, inherit_configuration=True)

    def _inherits_twice(self, component_id: str, dependency: str) -> None:
        self.reader.note(
            "dependency-invalid",
            f"the component `{component_id}` has `dependencies_inherit_configuration`, "
            f"so its dependency `{dependency}` cannot have an `inherit_configuration` of its own",
            ("component", component_id, "dependencies", dependency),
            hint="use one or the other",
        )

    def _references(self) -> None:
        """Dependencies on components of the app become dependencies on those components' sources.

        Those on components with dependencies of their own stay what they are.
        """
        self._circles()
        for name, component in self.manifest.component.items():
            for key, dependency in component.dependencies.items():
                if isinstance(dependency, AppDependency):
                    path: Path = ("component", name, "dependencies", key)
                    target = self._target(dependency.component, f"of `{name}`", path)
                    if target is not None and not target.dependencies:
                        component.dependencies[key] = dependencies.from_component(target.source, dependency)
        for path, trigger in self._triggers():
            for role, wanted in trigger.dependencies.items():
                trigger.dependencies[role] = [
                    self._trigger_reference(trigger, one, (*path, "dependencies", role, index))
                    for index, one in enumerate(wanted)
                ]

    def _circles(self) -> None:
        """Components that need each other cannot be put together."""
        needs = {
            name: {one.component for one in component.dependencies.values() if isinstance(one, AppDependency)}
            for name, component in self.manifest.component.items()
        }
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1]
            self.reader.note(
                "dependency-invalid",
                f"components are dependencies of each other: {' ← '.join(f'`{name}`' for name in circle)}",
                ("component", circle[-1], "dependencies"),
                hint="remove one of the dependencies",
            )

    def _trigger_reference(self, trigger: Trigger, wanted: TriggerDependency, path: Path) -> TriggerDependency:
        if not isinstance(wanted, TriggerComponent):
            return wanted
        target = self._target(wanted.component, f"of the trigger `{trigger.id}`", path)
        if target is None or target.dependencies:
            return wanted
        reference = AppDependency(component=wanted.component, inherit_configuration=wanted.inherit_configuration)
        return dependencies.trigger_dependency(dependencies.from_component(target.source, reference))

    def _target(self, component_id: str, whose: str, path: Path) -> Component | None:
        target = self.manifest.component.get(component_id)
        if target is None:
            self.reader.note(
                "component-unknown", f"the dependency {whose} names `{component_id}`, which does not exist", path
            )
            return None
        grants = dependencies.own_grants(target)
        if grants:
            keys = ", ".join(f"`{key}`" for key in grants)
            self.reader.note(
                "dependency-invalid",
                f"`{component_id}` cannot be a dependency {whose}, because it has {keys}",
                path,
                hint="a dependency has no resources or permissions of its own; give them to the component that uses it",
            )
        return target


def _trigger_id(kind: str, trigger: Trigger, taken: set[str], numbered: Iterator[str]) -> str:
    natural = f"{trigger.component}-{kind}-trigger"
    if isinstance(trigger.component, str) and natural not in taken:
        return natural
    return next(name for name in numbered if name not in taken)


def _specs(path: Path, trigger: Trigger) -> list[tuple[Path, ComponentSpec]]:
    """All components that a trigger names, each with its path."""
    specs: list[tuple[Path, ComponentSpec]] = []
    if trigger.component is not None:
        specs.append(((*path, "component"), trigger.component))
    for role, value in trigger.components.items():
        here: Path = (*path, "components", role)
        if isinstance(value, list):
            specs += [((*here, index), spec) for index, spec in enumerate(value)]
        else:
            specs.append((here, value))
    return specs


def _put(trigger: Trigger, path: Path, component_id: str) -> None:
    """Name a component where it stood inline."""
    match path:
        case ("component",):
            trigger.component = component_id
        case ("components", str(role)):
            trigger.components[role] = component_id
        case ("components", str(role), int(index)):
            many = trigger.components[role]
            if isinstance(many, list):
                many[index] = component_id
