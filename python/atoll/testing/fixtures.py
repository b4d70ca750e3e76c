"""What the fixtures of pytest give, and what a report of a test that failed shows."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Protocol, TypeVar, Unpack

import pytest

from atoll.app import MANIFEST_NAME, manifest_in
from atoll.embed.keywords import only
from atoll.embed.wasm import Source
from atoll.errors import AtollError, render
from atoll.testing import apps, plugins
from atoll.testing.apps import AppUnderTest
from atoll.testing.options import AppOptions, PluginOptions
from atoll.testing.plugins import Namespaces, PluginUnderTest
from atoll.testing.surroundings import Surroundings

T = TypeVar("T")

_AROUND = pytest.StashKey[list[Surroundings]]()


class LoadApp(Protocol):
    """Loads an app for the rest of the test; by default the nearest manifest above the test's file."""

    def __call__(self, app: str | os.PathLike[str] | None = None, /, **options: Unpack[AppOptions]) -> AppUnderTest:
        """Raises what `atoll.testing.load_app` raises."""


class LoadPlugin(Protocol):
    """Loads a plugin for the rest of the test."""

    def __call__(self, source: Source, /, **options: Unpack[PluginOptions]) -> PluginUnderTest:
        """Raises what `atoll.load` raises."""


def load_app(request: pytest.FixtureRequest) -> Iterator[LoadApp]:
    """The fixture `atoll_app`."""
    with ExitStack() as stack:

        def load(app: str | os.PathLike[str] | None = None, /, **options: Unpack[AppOptions]) -> AppUnderTest:
            __tracebackhide__ = True
            only(AppOptions, options, "atoll_app")
            path = _nearest_manifest(request) if app is None else _found(app, request)
            loaded, around = _entered(stack, apps.load_around(path, options))
            _remember(request.node, around)
            return loaded

        yield load


def load_plugin(request: pytest.FixtureRequest) -> Iterator[LoadPlugin]:
    """The fixture `atoll_plugin`."""
    namespaces: Namespaces = {}
    with ExitStack() as stack:

        def load(source: Source, /, **options: Unpack[PluginOptions]) -> PluginUnderTest:
            __tracebackhide__ = True
            only(PluginOptions, options, "atoll_plugin")
            found = _found(source, request) if isinstance(source, str | os.PathLike) else source
            plugin, around = _entered(stack, plugins.load_around(found, options, namespaces))
            _remember(request.node, around)
            return plugin

        yield load


def surroundings(item: pytest.Item) -> list[Surroundings]:
    """What is around the apps and plugins of a test."""
    return [*item.stash.get(_AROUND, [])]


def sections(item: pytest.Item) -> list[tuple[str, str]]:
    """What is shown of all apps and plugins of a test, by title."""
    return [section for around in surroundings(item) for section in around.sections()]


def _entered(stack: ExitStack, loading: AbstractContextManager[T]) -> T:
    """What is loaded. What is wrong with it is the test's to read, with place and hint; where it was found is not."""
    __tracebackhide__ = True
    try:
        return stack.enter_context(loading)
    except AtollError as error:
        found = error
    # The hint is in it.
    found.__notes__ = [render(found)]
    found.__suppress_context__ = True
    raise found.with_traceback(None)


def forget(item: pytest.Item) -> None:
    """The test is over, and so is its record."""
    item.stash.get(_AROUND, []).clear()


def _remember(item: Any, around: Surroundings) -> None:
    item.stash.setdefault(_AROUND, []).append(around)


def _found(path: str | os.PathLike[str], request: pytest.FixtureRequest) -> Path:
    """A relative path, from the working directory or, if nothing is there, from the folder of the test."""
    beside = request.path.parent / path
    return beside if not Path(path).exists() and beside.exists() else Path(path)


def _nearest_manifest(request: pytest.FixtureRequest) -> Path:
    for folder in request.path.parents:
        if found := manifest_in(folder):
            return found
        if folder == request.config.rootpath:
            break
    return Path(MANIFEST_NAME)
