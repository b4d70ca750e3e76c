"""What the host of plugins allows them: the most that each may have, whatever its own settings say."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypedDict
from weakref import WeakValueDictionary

from atoll.embed.grants import STORES, Grants, by_label, owned
from atoll.embed.keywords import expect, only
from atoll.embed.limits import Limits
from atoll.embed.plugins.quotas import Quotas
from atoll.embed.plugins.settings import Allowed
from atoll.embed.plugins.sources import canonical
from atoll.errors import UserError

NAMESPACE = "plugins"
_NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class HostSettings(TypedDict, total=False):
    """What the host of plugins allows them: the same for all, or a function that is called with a plugin's name.

    limits: what one call may use. grants: what a plugin may reach. quotas: what it may use over time.
    imports: objects that answer what plugins import, as in `atoll.load`.
    namespace: what stores of plugins' own are named after, `NAMESPACE.PLUGIN.LABEL`; `plugins`, unless it is said.
    """

    limits: Limits | Callable[[str], Limits]
    grants: Grants | Callable[[str], Grants]
    quotas: Quotas | Callable[[str], Quotas]
    imports: Mapping[str, object] | Callable[[str], Mapping[str, object]]
    namespace: str


class Host:
    """The host's settings, by plugin. `place` is where the plugins come from."""

    def __init__(self, settings: HostSettings, place: str) -> None:
        only(HostSettings, settings, "Plugins")
        self.place = place
        self._settings = settings
        self._namespace = settings.get("namespace", NAMESPACE)
        if not _NAMESPACE.fullmatch(self._namespace):
            hint = "it is made of letters, digits, `_` and `-`"
            raise UserError("grant-invalid", f"namespace={self._namespace!r} cannot be granted", hint)
        grants = settings.get("grants")
        if grants is not None and not callable(grants):
            expect(Grants, "grants", grants)
            self._owned("any", grants)

    def allowed(self, plugin: str) -> Allowed:
        """What the plugin of that name may have. Raises UserError `grant-invalid`."""
        limits, grants = self._of("limits", plugin, Limits), self._of("grants", plugin, Grants)
        expect(Limits, "limits", limits)
        expect(Grants, "grants", grants)
        return Allowed(limits, self._owned(plugin, grants))

    def quotas(self, plugin: str) -> Quotas:
        """What it may use over time."""
        quotas: Quotas = self._of("quotas", plugin, Quotas)
        return quotas

    def imports(self, plugin: str) -> Mapping[str, object]:
        """What answers its imports."""
        imports: Mapping[str, object] = self._of("imports", plugin, dict)
        return imports

    def _of(self, key: str, plugin: str, default: Callable[[], Any]) -> Any:
        value = self._settings.get(key)
        if value is None:
            return default()
        return value(plugin) if callable(value) else value

    def _owned(self, plugin: str, grants: Grants) -> Grants:
        named = owned(grants, f"{self._namespace}.{canonical(plugin)}")
        self._keep_apart(grants)
        if named is not grants:
            self._claim()
        return named

    def _keep_apart(self, grants: Grants) -> None:
        """No store that is shared may be one of a plugin's own."""
        for room in STORES:
            for label, store in by_label(getattr(grants, room)).items():
                if isinstance(store, str) and store.startswith(f"{self._namespace}."):
                    raise UserError(
                        "grant-invalid",
                        f"Grants({room}={{{label!r}: {store!r}}}) could be a store of one plugin's own",
                        f"take a name that does not begin with `{self._namespace}.`, or another `namespace`",
                    )

    def _claim(self) -> None:
        """Plugins of another place must not have the same stores because they have the same names."""
        other = _OWNERS.setdefault(self._namespace, self)
        if other.place != self.place:
            raise UserError(
                "grant-invalid",
                f"the plugins of `{other.place}` and of `{self.place}` would share the stores of their own",
                "give each a `namespace`",
            )


_OWNERS: WeakValueDictionary[str, Host] = WeakValueDictionary()
"""Who names stores of plugins' own, by namespace."""
