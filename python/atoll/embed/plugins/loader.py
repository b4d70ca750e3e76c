"""Looks at the files of plugins, loads what is new beside what is there, and puts it in its place when it is well.

What cannot be loaded changes nothing: the version before goes on. Calls that run end on the version that they began on.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import NamedTuple

from atoll.embed.loading import load
from atoll.embed.plugins import files
from atoll.embed.plugins.host import Host
from atoll.embed.plugins.live import About, LivePlugin, Version
from atoll.embed.plugins.meter import Meter
from atoll.embed.plugins.pins import Pins, check
from atoll.embed.plugins.settings import settled
from atoll.embed.plugins.sources import Found, Problems, Sight, Source, canonical
from atoll.errors import AtollError, UserError, visible
from atoll.host.core import core

_LOG = logging.getLogger("atoll.plugins")
_AT_ONCE = min(4, os.cpu_count() or 1)


class Refreshed(NamedTuple):
    """What a look at the files led to, by name; true if anything changed.

    loaded: plugins that were not there before. reloaded: those with another version now. removed: those that are gone.
    failed: what cannot be loaded, if that is news. waiting: what changed so lately that it may not be whole.
    """

    loaded: tuple[str, ...] = ()
    reloaded: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.loaded or self.reloaded or self.removed or self.failed)


class _Look(NamedTuple):
    """All that decides whether a plugin is loaded, and how."""

    wasm: files.Stamp | None
    settings: files.Stamp | None
    pin: str | None

    def is_fresh(self, rest: float) -> bool:
        """Whether a file changed in the last so many seconds."""
        now = time.time_ns()
        times = [stamp.modified_ns for stamp in (self.wasm, self.settings) if stamp is not None]
        return any(0 <= now - modified < rest * 1e9 for modified in times)


_Outcome = Version | AtollError | None
"""A version, be it the one that is there; why there is none; None for a plugin that is switched off."""


class Loader:
    """The plugins of one source. What is public is replaced, never changed, so that it can be read at any time."""

    def __init__(self, source: Source, pins: Pins, host: Host) -> None:
        self.source = source
        self.pins = pins
        self.plugins: dict[str, LivePlugin] = {}
        self.attributes: dict[str, LivePlugin] = {}
        self.problems: Problems = {}
        self.disabled: frozenset[str] = frozenset()
        self.heard: Callable[[Refreshed], None] | None = None
        """Takes note of each change, in their order."""
        self._host = host
        self._turn = threading.Lock()
        self._is_closed = False
        self._known: dict[str, LivePlugin] = {}
        self._looks: dict[str, _Look] = {}

    def look(self, *, again: bool = True, rest: float = 0.0) -> Refreshed:
        """Load what is new or has changed, let go of what is not there any more.

        again: also what could not be loaded, though nothing about it has changed. rest: not what changed in the last so
        many seconds. Raises UserError if nobody can tell what is there.
        """
        with self._turn:
            if self._is_closed:
                return Refreshed()
            pins = self.pins.read()
            sight = self.source.find()
            looks = {name: _look(found, (pins or {}).get(name)) for name, found in sight.found.items()}
            changed = [name for name, look in looks.items() if self._is_due(name, look, again)]
            waiting = {name for name in changed if rest and looks[name].is_fresh(rest)}
            due = [name for name in changed if name not in waiting]
            outcomes = self._attempts(due, sight, pins)
            self._looks = {
                name: looks[name] if name in due else self._looks[name] for name in looks if name not in waiting
            }
            taken = self._take(sight, dict(zip(due, outcomes, strict=True)))
            refreshed = taken._replace(waiting=tuple(waiting))
            self._note(refreshed)
        return refreshed

    def refresh(self, *, again: bool = True, rest: float = 0.0) -> Refreshed:
        """The same; where nobody can tell what is there, that is a problem of the source."""
        try:
            return self.look(again=again, rest=rest)
        except AtollError as error:
            return self._blind(error)

    def _blind(self, error: AtollError) -> Refreshed:
        """All goes on as it is."""
        name = self.source.name
        with self._turn:
            refreshed = Refreshed(failed=_news({name: error}, self.problems))
            self.problems = self.problems | {name: error.with_traceback(None)}
            self._note(refreshed)
        return refreshed

    def _note(self, refreshed: Refreshed) -> None:
        heard = self.heard
        if refreshed and heard is not None:
            heard(refreshed)

    def clear(self) -> None:
        """Let go of all of them, for good."""
        with self._turn:
            self._is_closed = True
            self._drop(self.plugins)
            self.plugins, self.attributes, self.problems, self._looks = {}, {}, {}, {}

    def _is_due(self, name: str, look: _Look, again: bool) -> bool:
        return self._looks.get(name) != look or (again and name in self.problems)

    def _attempts(self, due: list[str], sight: Sight, pins: Mapping[str, str] | None) -> list[_Outcome]:
        if len(due) < 2:
            return [self._attempt(name, sight.found[name], pins) for name in due]
        # Its allocator takes the thread that loads the data plane for one that stays.
        core()
        with ThreadPoolExecutor(_AT_ONCE, "atoll-plugins") as pool:
            return [*pool.map(lambda name: self._attempt(name, sight.found[name], pins), due)]

    def _attempt(self, name: str, found: Found, pins: Mapping[str, str] | None) -> _Outcome:
        try:
            return self._load(name, found, pins)
        except AtollError as error:
            # Kept as a value: its traceback would keep all that it came through.
            return error.with_traceback(None)
        except Exception as error:
            # Whatever it is, the other plugins are not to suffer for it.
            unforeseen = UserError("plugin-load-failed", f"plugin `{name}` cannot be loaded: {error!r}")
            unforeseen.__cause__ = error
            return unforeseen

    def _load(self, name: str, found: Found, pins: Mapping[str, str] | None) -> Version | None:
        settings, allowed = settled(found.settings, found.within, self._host.allowed(name))
        if not settings.enabled:
            return None
        wasm = files.read(found.wasm, found.within)
        digest = f"sha256:{sha256(wasm).hexdigest()}"
        check(name, digest, pins)
        live = self.plugins.get(name)
        before = None if live is None else live._version
        if before is not None and (before.about.digest, before.settings) == (digest, settings):
            return before
        imports = self._host.imports(name)
        plugin = load(wasm, name=name, imports=imports, limits=allowed.limits, grants=allowed.grants)
        if name not in self._known:
            self._known[name] = LivePlugin(name, Meter(name, self._host.quotas(name)))
        about = About(name=name, file=found.wasm, digest=digest, order=settings.order, loaded=time.time())
        return Version(plugin, about, settings, self._known[name]._meter)

    def _take(self, sight: Sight, outcomes: dict[str, _Outcome]) -> Refreshed:
        present = sight.found.keys() | sight.refused.keys()
        problems = {name: self.problems[name] for name in sight.found if name not in outcomes and name in self.problems}
        problems |= sight.refused | sight.alone
        plugins = {name: live for name, live in self.plugins.items() if name in present}
        off = {name for name in self.disabled if name in sight.found and name not in outcomes}
        loaded: list[str] = []
        reloaded: list[str] = []
        for name, outcome in outcomes.items():
            if outcome is None:
                off.add(name)
                plugins.pop(name, None)
            elif isinstance(outcome, AtollError):
                problems[name] = outcome
            elif name not in plugins or plugins[name]._version is not outcome:
                (reloaded if name in plugins else loaded).append(name)
                plugins[name] = self._known[name]
                plugins[name]._take(outcome)
        removed = {name: live for name, live in self.plugins.items() if name not in plugins}
        news = _news(problems, self.problems)
        self.plugins = dict(sorted(plugins.items(), key=lambda item: (item[1].about.order, item[0])))
        self.attributes = {canonical(name): live for name, live in plugins.items()}
        self.problems, self.disabled = problems, frozenset(off)
        self._drop(removed)
        refreshed = Refreshed(tuple(loaded), tuple(reloaded), tuple(removed), news)
        self._tell(refreshed)
        return refreshed

    def _drop(self, plugins: Mapping[str, LivePlugin]) -> None:
        for live in plugins.values():
            live._take(None)

    def _tell(self, refreshed: Refreshed) -> None:
        for name in refreshed.loaded + refreshed.reloaded:
            what = "loaded" if name in refreshed.loaded else "reloaded"
            _LOG.info("plugin `%s` %s: %s", name, what, self.plugins[name].digest)
        for name in refreshed.removed:
            _LOG.info("plugin `%s` is gone", name)
        for name in refreshed.failed:
            goes_on = "; the version before goes on" if name in self.plugins else ""
            _LOG.warning(
                "plugin `%s` cannot be loaded: %s%s", visible(name), visible(self.problems[name].message), goes_on
            )
            if name in self._known:
                self._known[name]._failures += 1


def _look(found: Found, pin: str | None) -> _Look:
    return _Look(files.stamp(found.wasm), files.stamp(found.settings), pin)


def _news(problems: Problems, before: Problems) -> tuple[str, ...]:
    """Those that were not known before."""
    return tuple(
        name for name, error in problems.items() if name not in before or before[name].message != error.message
    )
