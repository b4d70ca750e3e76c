"""Apps of tests, loaded once for tests that differ in nothing but contents.

What they hold is made anew for each test. Where something could outlast a test, the app is loaded for it alone: a
component whose instances serve several requests, a clock, random numbers, a call that does not end.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atoll.app import App
from atoll.errors import AtollError
from atoll.host.inspected import Inspected
from atoll.testing import granted
from atoll.testing.apps import AppUnderTest, load_around
from atoll.testing.cases.contents import Broker, fill, labels
from atoll.testing.cases.guest import inspected
from atoll.testing.cases.imports import answers
from atoll.testing.cases.model import Before, Outbound
from atoll.testing.cases.outbound import Mocked
from atoll.testing.cases.read import TestFile
from atoll.testing.options import AppOptions
from atoll.testing.surroundings import Surroundings
from atoll.testing.virtual.clock import Clock

_KEPT = 4
"""Apps that are kept at a time."""

# Seconds that calls have to end by themselves.
_DRAIN = 2.0
_LOOK = 0.002


@dataclass(frozen=True, slots=True)
class Opened:
    """An app with what a test gives, and what is around it."""

    app: AppUnderTest
    around: Surroundings
    mocked: Mocked


class Apps:
    """The apps of one process. `profile` is the build profile."""

    def __init__(self, profile: str | None = None) -> None:
        self._profile = profile
        self._read: dict[Path, App] = {}
        self._refused: dict[tuple[Any, ...], AtollError] = {}
        self._kept: OrderedDict[tuple[Any, ...], tuple[Opened, ExitStack]] = OrderedDict()

    def read(self, source: Path) -> App:
        """The app's manifest. Raises UserError or Problems with everything that is wrong with it."""
        if source not in self._read:
            self._read[source] = App.load(source, profile=self._profile)
        return self._read[source]

    @contextmanager
    def opened(self, source: Path, file: TestFile, given: Before, outbound: list[Outbound]) -> Iterator[Opened]:
        """The app with what a test of this file gives. Raises Misfit, and what `load_app` raises."""
        app = self.read(source)
        key = _key(app, given, bool(outbound))
        imports = answers(given.imports, _inspected(app), file.path.parent)
        kept = self._kept.pop(key) if key in self._kept else self._load(key, app, given, imports, bool(outbound))
        opened, resources = kept
        with ExitStack() as stack:
            stack.push(resources)
            fill(opened.around, given, file.path.parent)
            opened.mocked.expect(outbound, file.path.parent)
            opened.around.calls.clear()
            opened.around.log.clear()
            opened.app.cookies.clear()
            yield opened
            if _may_be_kept(app, given) and _is_idle(opened.app):
                stack.pop_all()
                self._kept[key] = opened, resources
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)[1][1].close()

    def _load(
        self, key: tuple[Any, ...], app: App, given: Before, imports: dict[str, object], is_mocked: bool
    ) -> tuple[Opened, ExitStack]:
        """What cannot be loaded is not tried again."""
        if key in self._refused:
            raise self._refused[key]
        try:
            options = _options(app, given) | AppOptions(profile=self._profile, imports=imports)
            return _load(app, options, is_mocked or not given.network)
        except AtollError as error:
            self._refused[key] = error
            raise

    def close(self) -> None:
        """End all of them."""
        while self._kept:
            self._kept.popitem()[1][1].close()


def _load(app: App, options: AppOptions, is_mocked: bool) -> tuple[Opened, ExitStack]:
    with ExitStack() as resources:
        mocked = resources.enter_context(Mocked())
        if is_mocked:
            options["http"] = mocked
        under_test, around = resources.enter_context(load_around(app.file, options))
        return Opened(under_test, around, mocked), resources.pop_all()


def _inspected(app: App) -> Iterator[Inspected]:
    for component in app.manifest.component.values():
        if isinstance(component.source, str):
            yield inspected(app.base / component.source)


def _options(app: App, given: Before) -> AppOptions:
    options = AppOptions(variables=given.variables, environment=given.environment, network=given.network)
    named = labels(given) if app.is_bare else granted.labels(app, {})
    empty: dict[str, Any] = {"key_value": {}, "sqlite": "", "blobstore": {}}
    for room, nothing in empty.items():
        options[room] = dict.fromkeys(named[room], nothing)  # type: ignore[literal-required]
    options["messaging"] = {label: Broker() for label in named["messaging"]}
    if given.clock is not None:
        options["clock"] = Clock(given.clock)
    if given.random is not None:
        options["random"] = given.random
    return options


def _key(app: App, given: Before, is_mocked: bool) -> tuple[Any, ...]:
    """What an app is loaded with: tests with the same can share one."""
    network = given.network if isinstance(given.network, bool) else tuple(given.network)
    texts = (tuple(sorted(given.variables.items())), tuple(sorted(given.environment.items())))
    named = tuple((room, *sorted(each)) for room, each in labels(given).items()) if app.is_bare else ()
    # What is loaded for one test alone has a key of its own.
    alone = None if _may_be_kept(app, given) else object()
    return app.file, texts, network, is_mocked or not network, named, alone


def _may_be_kept(app: App, given: Before) -> bool:
    settings = [component.tool.atoll for component in app.manifest.component.values()]
    reuses = any(own is not None and own.reuse for own in settings)
    return not (reuses or given.clock or given.random is not None or given.imports)


def _is_idle(app: AppUnderTest) -> bool:
    """Whether all calls have ended, or do so soon."""
    until = time.monotonic() + _DRAIN
    while not app.asgi.is_idle:
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK)
    return True
