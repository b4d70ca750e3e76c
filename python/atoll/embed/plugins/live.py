"""A plugin by its name: what is called through it always runs in the version that is the newest at that moment."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from atoll.embed.paths import Paths
from atoll.embed.plugin import Instance, Plugin
from atoll.embed.plugins.meter import SHOWN, Meter, Metered, MeteredLibrary
from atoll.embed.plugins.settings import PluginSettings
from atoll.embed.scope import Exports, Scope, WorldScope
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.embed.pool import Pool, PoolSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What one version of a plugin is, and where it came from.

    name: what it is called by. file: its wasm. digest: `sha256:` and that of the file's content.
    order: its place in hooks, as its settings say. loaded: when, in seconds, as of `time.time()`.
    """

    name: str
    file: Path
    digest: str
    order: int
    loaded: float


class Version:
    """One version of a plugin, whose calls are told to a meter."""

    def __init__(self, plugin: Plugin, about: About, settings: PluginSettings, meter: Meter) -> None:
        self.plugin = plugin
        self.about = about
        self.settings = settings
        types = plugin._types
        types.core = MeteredLibrary(types.core, meter)
        # Made now, so that what is odd about it keeps nobody but itself from being loaded.
        self.paths = Paths(about.name, types)

    @cached_property
    def aio(self) -> WorldScope:
        """The plugin, whose functions are awaited."""
        return self.plugin.aio

    def read(self) -> dict[str, Any]:
        """What the meter knows of this version and those before."""
        known: dict[str, Any] = self.plugin._types.core.read()
        return known


class LateScope:
    """The functions of a plugin or of one of its interfaces, in the version that is the newest when they are called."""

    def _find(self) -> Any:
        """The scope of the version of now."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._find(), name)
        if isinstance(found, Metered):
            return _LateFunction(self, name)
        return LateInterface(self, name) if isinstance(found, Scope) else found

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._find())})

    def __repr__(self) -> str:
        return repr(self._find())


class LateInterface(LateScope):
    """One interface."""

    def __init__(self, of: LateScope, name: str) -> None:
        self._of = of
        self._name = name

    def _find(self) -> Scope:
        scope: Scope = getattr(self._of._find(), self._name)
        return scope


# A function that is looked up anew for each call. Its documentation, which help() shows, is the export's.
class _LateFunction:
    __slots__ = ("_name", "_scope")

    def __init__(self, scope: LateScope, name: str) -> None:
        self._scope = scope
        self._name = name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return getattr(self._scope._find(), self._name)(*arguments, **named)

    def __get__(self, obj: object, cls: type | None = None) -> "_LateFunction":
        return self

    def __getattr__(self, name: str) -> Any:
        if name not in SHOWN:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return getattr(getattr(self._scope._find(), self._name), name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        doc: str | None = getattr(self._scope._find(), self._name).__doc__
        return doc

    def __repr__(self) -> str:
        return repr(getattr(self._scope._find(), self._name))


class LivePlugin(LateScope):
    """A plugin of `Plugins`. It has what an `atoll.Plugin` has, but is of one version today and of another tomorrow.

    Functions and interfaces that are taken from it follow, too. An instance that was opened, and classes, stay with the
    version that they are of. Raises UserError `plugin-unknown` once its file was removed, QuotaExceeded for calls
    beyond its quotas.
    """

    def __init__(self, name: str, meter: Meter) -> None:
        self._name = name
        self._meter = meter
        self._version: Version | None = None
        self._loads = 0
        self._failures = 0

    def __repr__(self) -> str:
        return f"<plugin {self._name}>"

    @property
    def current(self) -> Plugin:
        """The version of now, which stays that one."""
        return self._now().plugin

    @property
    def about(self) -> About:
        """What the version of now is: file, digest, order, time."""
        return self._now().about

    @property
    def digest(self) -> str:
        """`sha256:` and the digest of its wasm."""
        return self._now().about.digest

    @property
    def world(self) -> str:
        """The WIT of the version of now."""
        return self.current.world

    @property
    def aio(self) -> LateScope:
        """The same plugin, whose functions are awaited."""
        return _Awaited(self)

    @property
    def bytes(self) -> LateScope:
        """The functions of a core module, giving bytes, as `WorldScope.bytes` has them."""
        return LateInterface(self, "bytes")

    @property
    def exports(self) -> Exports:
        """Everything that the version of now exports, by the names of WIT."""
        return self.current.exports

    def open(self) -> Instance:
        """An instance of the version of now, kept until it is closed."""
        return self.current.open()

    def pool(self, size: int = 4, **settings: Unpack["PoolSettings"]) -> "Pool":
        """Instances for whoever needs one; those of an older version are replaced.

        size, settings: as of `Pool`.
        """
        from atoll.embed.pool import Pool

        return Pool(self, size, **settings)

    def _take(self, version: Version | None) -> None:
        if version is not None:
            self._loads += 1
        self._version = version

    def _now(self) -> Version:
        version = self._version
        if version is None:
            raise UserError("plugin-unknown", f"plugin `{self._name}` was removed", "put its file back")
        return version

    def _find(self) -> Plugin:
        return self._now().plugin


class _Awaited(LateScope):
    def __init__(self, live: LivePlugin) -> None:
        self._live = live

    def _find(self) -> WorldScope:
        return self._live._now().aio
