"""A plugin's own settings, the file NAME.toml beside it, held against what its host allows.

The folder may be a stranger's, so what stands there only narrows: lower limits than the host's, some of its grants.
What would be more is refused, with its place.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from msgspec import Struct, field

from atoll.embed.grants import Grants, by_label
from atoll.embed.limits import KEYS, Limits, locked
from atoll.embed.plugins import files
from atoll.errors import raise_all
from atoll.manifest.fields import Doc, Quantities
from atoll.manifest.positions import Path as Place
from atoll.manifest.read import Reader
from atoll.manifest.toml import Toml


class Wanted(Struct, frozen=True, kw_only=True):
    """`[grants]`: those of the host's grants that the plugin wants. Without the table it has all of them."""

    log: Annotated[bool, Doc("Its output and messages are logged.")] = False
    env: Annotated[list[str], Doc("Environment variables, by name.")] = field(default_factory=list)
    dirs: Annotated[list[str], Doc("Folders to read, by the path that the guest sees.")] = field(default_factory=list)
    writable_dirs: Annotated[list[str], Doc("Folders to write to, by the path that the guest sees.")] = field(
        default_factory=list
    )
    network: Annotated[list[str], Doc("Hosts, word for word as the host of the plugin grants them.")] = field(
        default_factory=list
    )
    key_value: Annotated[list[str], Doc("Stores, by label.")] = field(default_factory=list)
    sqlite: Annotated[list[str], Doc("Databases, by label.")] = field(default_factory=list)
    variables: Annotated[list[str], Doc("Variables, by name.")] = field(default_factory=list)


class PluginSettings(Struct, frozen=True, kw_only=True):
    """The whole file."""

    enabled: Annotated[bool, Doc("Whether it is loaded.")] = True
    order: Annotated[int, Doc("Its place among the plugins of a hook; those with the same go by name.")] = 0
    limits: Annotated[dict[str, Any], Quantities(KEYS), Doc("Limits of a call, as in `atoll.Limits`.")] = field(
        default_factory=dict
    )
    grants: Annotated[Wanted | None, Doc("Those of the host's grants that it wants; all without the table.")] = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a plugin is loaded with."""

    limits: Limits
    grants: Grants


def settled(file: Path, within: Path | None, host: Allowed) -> tuple[PluginSettings, Allowed]:
    """The settings in `file`, if it is there, and what is left of what the host allows.

    `within` is as for `files.read`. Raises UserError or Problems with everything that is wrong.
    """
    if files.stamp(file) is None:
        return PluginSettings(), host
    content = files.read(file, within)
    toml = Toml.from_bytes(content, str(file))
    reader = Reader(toml)
    settings = reader.read(PluginSettings, toml.data, ())
    raise_all(reader.problems)
    left = Allowed(_lower(settings.limits, host.limits, reader), _fewer(settings.grants, host.grants, reader))
    raise_all(reader.problems)
    return settings, left


def _lower(wanted: dict[str, Any], host: Limits, reader: Reader) -> Limits:
    allowed = locked(host)
    for key in KEYS:
        most = allowed.get(key.locked, key.default)
        if key.name in wanted and key.read(wanted[key.name]) > most:
            highest = replace(key, default=most).default_text
            path = ("limits", key.name)
            reader.note("limit-invalid", f"`limits.{key.name}` is more than the host allows", path, hint=_most(highest))
    # What was noted is refused as a whole.
    return replace(host, **wanted) if not reader.problems else host


def _fewer(wanted: Wanted | None, host: Grants, reader: Reader) -> Grants:
    if wanted is None:
        return host
    if wanted.log and not host.log:
        _beyond(reader, ("grants", "log"), "log", ())
    folders = {**host.dirs, **host.writable_dirs}
    return Grants(
        log=wanted.log and host.log,
        env=_some(reader, "env", wanted.env, host.env),
        dirs=_some(reader, "dirs", wanted.dirs, folders),
        writable_dirs=_some(reader, "writable_dirs", wanted.writable_dirs, host.writable_dirs),
        network=[*_some(reader, "network", wanted.network, dict.fromkeys(host.network))],
        key_value=_some(reader, "key_value", wanted.key_value, by_label(host.key_value)),
        sqlite=_some(reader, "sqlite", wanted.sqlite, by_label(host.sqlite)),
        variables=_some(reader, "variables", wanted.variables, host.variables),
    )


def _some(reader: Reader, key: str, wanted: list[str], host: Any) -> dict[str, Any]:
    for index, name in enumerate(wanted):
        if name not in host:
            _beyond(reader, ("grants", key, index), name, host)
    return {name: host[name] for name in wanted if name in host}


def _beyond(reader: Reader, path: Place, name: str, host: Any) -> None:
    granted = ", ".join(f"`{one}`" for one in host) or "nothing of this kind"
    reader.note("grant-invalid", f"the host does not grant `{name}`", path, hint=f"the host grants {granted}")


def _most(highest: str) -> str:
    return f"the host allows at most {highest}"
