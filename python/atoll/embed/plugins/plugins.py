"""The plugins of a folder, or of a group of entry points, by name."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, Unpack

from atoll.embed.plugins import pins as pinned
from atoll.embed.plugins.chain import HookSettings
from atoll.embed.plugins.following import Follower
from atoll.embed.plugins.hooks import Hook
from atoll.embed.plugins.host import Host, HostSettings
from atoll.embed.plugins.live import LivePlugin
from atoll.embed.plugins.loader import Loader, Refreshed
from atoll.embed.plugins.sources import EntryPoints, Folder, Source, canonical
from atoll.embed.plugins.watching import Watching
from atoll.errors import AtollError, Problems, UserError, raise_all


class PluginUnknown(UserError, KeyError):
    """There is no plugin of this name. Its cause is what kept it from being loaded, if it was there."""

    __str__ = Exception.__str__


class Plugins(Mapping[str, LivePlugin]):
    """The plugins of a folder by name, in their order; `atoll.embed.plugins` says what they are."""

    def __init__(
        self,
        folder: str | os.PathLike[str] | Source,
        *,
        pins: pinned.Given = None,
        strict: bool = False,
        **host: Unpack[HostSettings],
    ) -> None:
        """Load all that is in the folder.

        pins: digests by name, or the file that has them; a plugin that has none or is something else is refused.
        strict: raise everything that is wrong with any of them; else `problems` has it, and the others are there.
        host: what plugins are allowed, see `HostSettings`; by default the limits of `atoll.Limits`, and no grant.

        Raises UserError where the folder, the pins or the grants as such cannot be used.
        """
        source = Folder(Path(folder)) if isinstance(folder, str | os.PathLike) else folder
        self._loader = Loader(source, pinned.Pins(pins), Host(host, source.name))
        self._follower = Follower(self._loader)
        self._loader.look()
        if strict:
            raise_all([one for problem in self.problems.values() for one in _parts(problem)])

    @classmethod
    def from_entry_points(
        cls, group: str, *, pins: pinned.Given = None, strict: bool = False, **host: Unpack[HostSettings]
    ) -> Self:
        """The plugins that installed packages name in this group of entry points, as `name = "package:NAME.wasm"`.

        No code of these packages is run. The other parameters are those of `Plugins`.
        """
        return cls(EntryPoints(group), pins=pins, strict=strict, **host)

    def __getitem__(self, name: str) -> LivePlugin:
        found = self._loader.plugins.get(name)
        if found is None:
            raise self._unknown(name) from self.problems.get(name)
        return found

    def __getattr__(self, name: str) -> LivePlugin:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        found = self._loader.attributes.get(name)
        if found is not None:
            return found
        wanted = next((known for known in (*self.problems, *self.disabled) if canonical(known) == name), name)
        unknown = self._unknown(wanted)
        raise AttributeError(f"{unknown}; {unknown.hint}", name=name, obj=self) from self.problems.get(wanted)

    def __iter__(self) -> Iterator[str]:
        return iter(self._loader.plugins)

    def __len__(self) -> int:
        return len(self._loader.plugins)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *map(canonical, self)})

    def __repr__(self) -> str:
        return f"<plugins of {self._loader.source.name}: {', '.join(self) or 'none'}>"

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    @property
    def problems(self) -> Mapping[str, AtollError]:
        """What is wrong, by the name of the plugin, or of the folder where nobody can tell what is in it."""
        return MappingProxyType(self._loader.problems)

    @property
    def disabled(self) -> frozenset[str]:
        """Those that their settings switch off."""
        return self._loader.disabled

    def call(self, plugin: str, export: str, /, *arguments: Any, **named: Any) -> Any:
        """Call a function by name: `render`, or with its interface `events/on-save`, `acme:docs/events/on-save`.

        Raises PluginUnknown, UserError `plugin-export-unknown`, QuotaExceeded, and what the call can raise.
        """
        return self[plugin]._now().paths.function(export)(*arguments, **named)

    @property
    def aio(self) -> "AwaitedPlugins":
        """The same `call`, awaited."""
        return AwaitedPlugins(self)

    def hook(self, export: str, **settings: Unpack[HookSettings]) -> Hook:
        """What calls this export of all plugins that have it, now or later.

        settings: see `HookSettings`.

        Raises ValueError for settings that mean nothing.
        """
        return Hook(export, self._all, settings)

    def refresh(self) -> Refreshed:
        """Look at the files again: load what is new, has changed, or could not be loaded; let go of what is not there.

        What cannot be loaded, or read, is in `problems` afterwards.
        """
        return self._loader.refresh()

    def watch(self, changed: Callable[[Refreshed], object] | None = None) -> Watching:
        """Refresh whenever files change, from now until it is closed: see `Watching`.

        changed: called with each change, on the thread that watches: there is one for all that watch these plugins.
        """
        return Watching(self._follower, changed)

    def pin(self, file: str | os.PathLike[str] | None = None) -> Path:
        """Write what each plugin is now: by default to the file of `pins`, or to `plugins.lock` in the folder.

        The file is there as a whole or not at all, whatever happens meanwhile. Raises OSError, and ValueError where no
        file is named and none is known.
        """
        target = file or self._loader.pins.file or self._loader.source.lock
        if target is None:
            raise ValueError("say which file the pins are to be written to")
        pinned.write(Path(target), {name: live.digest for name, live in self._loader.plugins.items()})
        return Path(target)

    def metrics(self) -> dict[str, dict[str, Any]]:
        """What each plugin did so far, over all of its versions, as plain data: times are seconds.

        By name: `calls`, `in_flight`, `failed` by code, `refused` by quota, `cpu_seconds`, `seconds` (`bounds`,
        `counts`, `sum`), `digest`, `file`, `loaded` (as of `time.time()`), `loads`, `load_failures`.
        """
        from atoll.embed.plugins.metrics import measured

        return {name: measured(live) for name, live in self._loader.plugins.items()}

    def exposition(self, accept: str = "") -> tuple[bytes, str]:
        """The same as Prometheus scrapes it, and its content type.

        accept: the `Accept` header of whoever scrapes; OpenMetrics where it asks for that.
        """
        from atoll.embed.plugins.metrics import exposition

        return exposition(self.metrics(), accept)

    def close(self) -> None:
        """Watch no more, and let go of all plugins. Calls that run come to their end."""
        self._follower.close()
        self._loader.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _all(self) -> Collection[LivePlugin]:
        return self._loader.plugins.values()

    def _unknown(self, name: str) -> PluginUnknown:
        problem = self.problems.get(name)
        if problem is not None:
            return PluginUnknown(
                "plugin-unknown", f"plugin `{name}` could not be loaded: {problem.message}", problem.hint
            )
        if name in self.disabled:
            return PluginUnknown("plugin-unknown", f"plugin `{name}` is switched off", "set `enabled = true`")
        return PluginUnknown("plugin-unknown", f"there is no plugin `{name}`", f"there are {self._listed()}")

    def _listed(self) -> str:
        return ", ".join(f"`{name}`" for name in self) or "none"


class AwaitedPlugins:
    """Calls by name that are awaited."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    async def call(self, plugin: str, export: str, /, *arguments: Any, **named: Any) -> Any:
        """Call a function by name and await it, as `Plugins.call` does."""
        return await self._plugins[plugin]._now().paths.function(export, awaited=True)(*arguments, **named)


def _parts(problem: AtollError) -> tuple[AtollError, ...]:
    return problem.problems if isinstance(problem, Problems) else (problem,)
