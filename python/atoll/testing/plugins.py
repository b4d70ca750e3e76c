"""A plugin with virtual capabilities around it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Unpack

from atoll.embed.grants import STORES, Grants, by_label, owned
from atoll.embed.keywords import only
from atoll.embed.loading import load
from atoll.embed.plugin import Instance, Plugin
from atoll.embed.wasm import Source, Wasm
from atoll.testing.calls import HostCalls
from atoll.testing.journal import GuestLog, listening
from atoll.testing.options import PluginOptions
from atoll.testing.surroundings import Surroundings
from atoll.testing.virtual import interfaces

Namespaces = dict[tuple[str, str], Any]
"""What is in the stores that grants name by text, by room and text: plugins of one test share them, as others would."""


class PluginUnderTest(Plugin):
    """A plugin, as `atoll.load` gives it, with what it asked of its host and what it wrote.

    calls: what it called of `imports`, and of its stores and databases.
    key_value: what is in its stores, by label: a dict of bytes each.
    sqlite: its databases, by label, which run statements.

    An export that is called like one of these attributes is found in `exports`. Instances end with the test.
    """

    calls: HostCalls
    key_value: dict[str, Any]
    sqlite: dict[str, Any]

    def __init__(self, plugin: Plugin, around: Surroundings) -> None:
        super().__init__(plugin._name, plugin._wasm, plugin._types)
        self._around = around
        self.calls = around.calls
        self.key_value = around.key_value
        self.sqlite = around.sqlite

    @property
    def log(self) -> GuestLog:
        """What it wrote so far."""
        return self._around.log

    def open(self) -> Instance:
        """An instance that is kept until it is closed, or the test ends."""
        instance = super().open()
        self._around.resources.callback(instance.close)
        return instance


@contextmanager
def load_plugin(source: Source, **options: Unpack[PluginOptions]) -> Iterator[PluginUnderTest]:
    """Load a component or core module for a test, as `atoll.load` does. It ends with the block.

    The options are those of `atoll.testing.options.PluginOptions`.
    """
    only(PluginOptions, options, "load_plugin")
    with load_around(source, options, {}) as (plugin, _):
        yield plugin


@contextmanager
def load_around(
    source: Source, options: PluginOptions, namespaces: Namespaces
) -> Iterator[tuple[PluginUnderTest, Surroundings]]:
    """The same, with what is around it."""
    name = options.get("name") or Wasm(source).stem
    with ExitStack() as resources:
        around = Surroundings(name, resources)
        resources.enter_context(listening([name], around.log))
        plugin = load(
            source,
            name=name,
            imports=_imports(options, around),
            modules=options.get("modules"),
            limits=options.get("limits"),
            grants=_granted(name, options, around, namespaces),
            types=options.get("types"),
        )
        yield PluginUnderTest(plugin, around), around


def _imports(options: PluginOptions, around: Surroundings) -> dict[str, Any]:
    """What the test gives, recorded; and clock and numbers, which a guest may ask at any time."""
    clock, random = options.get("clock"), options.get("random")
    given: dict[str, Any] = {**interfaces.of_components(clock, random), **interfaces.of_modules(clock, random)}
    for name, host in around.imports(options.get("imports") or {}).items():
        both = isinstance(host, Mapping) and isinstance(given.get(name), Mapping)
        given[name] = {**given[name], **host} if both else host
    return given


def _granted(name: str, options: PluginOptions, around: Surroundings, namespaces: Namespaces) -> Grants:
    grants = owned(options.get("grants") or Grants(), name)
    http = options.get("http")
    variables = {**grants.variables, **(options.get("variables") or {})}
    around.variables.update(variables)
    stores = {room: _stores(room, grants, options, around, namespaces) for room in STORES}
    return replace(
        grants,
        # It is not told whether somebody listens.
        log=True,
        env={**grants.env, **(options.get("env") or {})},
        variables=variables,
        network=[*grants.network, *(http.granted if http else ())],
        **stores,
    )


def _stores(
    room: str, grants: Grants, options: PluginOptions, around: Surroundings, namespaces: Namespaces
) -> dict[str, Any]:
    given: Any = options
    contents = {**by_label(getattr(grants, room)), **(given.get(room) or {})}
    provided = {}
    for label, wanted in contents.items():
        is_named = isinstance(wanted, str) and label not in (given.get(room) or {})
        inside = namespaces.get((room, wanted)) if is_named else wanted
        provided[label] = around.provide(room, label, inside)
        if is_named:
            namespaces[room, wanted] = getattr(around, room)[label]
    return provided
