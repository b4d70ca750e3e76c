"""The backends of a run: what the runtime config names, and the stores that every app has without a word."""

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from atoll.capabilities import registry
from atoll.capabilities.key_value.spin import SpinConfig
from atoll.capabilities.registry import Named
from atoll.host.settings import Backend, Rooms
from atoll.manifest.read import INVALID, Reader

# Spin's name, so that an app's data is found by both.
_KEY_VALUE_FILE = "sqlite_key_value.db"
DEFAULT = "default"

OUTBOUND = {"redis": "outbound_redis", "mqtt": "outbound_mqtt"}
"""The rooms that connect to servers by address, and the table of the runtime config for each."""

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One backend of the runtime config: the kind that its table names, and the table as that kind reads it."""

    kind: str
    config: msgspec.Struct
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Backends:
    """What goes down to the data plane, and the providers that each process makes for it."""

    rooms: Rooms
    providers: dict[str, dict[str, Named]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Folders:
    """Where backends keep what they keep: paths of the config, the app's state, and what ends with the run."""

    config: Path
    state: Path
    memory: Path


def choose(reader: Reader, room: str, table: Table, path: tuple[str, ...]) -> Chosen | None:
    """The backend that a table of the runtime config names. What is wrong with it is noted in the reader."""
    own = _OWN.get(room, {})
    others = registry.known(room)
    kind = table.get("type")
    if not isinstance(kind, str) or (kind not in own and kind not in others):
        choices = " or ".join(sorted({*own, *others}))
        reader.note("manifest-value-invalid", f"`type` must be {choices}", (*path, "type") if "type" in table else path)
        return None
    reference = others.get(kind)
    try:
        wanted = own[kind] if reference is None else registry.find(reference).Config
        rest = {key: value for key, value in table.items() if key != "type"}
        config = reader.read(wanted, rest, path)
    except (ImportError, AttributeError, ValueError) as error:
        reader.note("manifest-value-invalid", str(error), path)
        return None
    return None if config is INVALID else Chosen(kind, config, reference)


def outbound(reader: Reader, tables: dict[str, Table]) -> dict[str, Chosen]:
    """Who connects to servers for the guests, by room; `tables` are those of the runtime config."""
    read = {
        room: choose(reader, room, {"type": room} | tables[key], (key,)) if tables[key] else _usual(room)
        for room, key in OUTBOUND.items()
    }
    return {room: chosen for room, chosen in read.items() if chosen is not None}


def _usual(room: str) -> Chosen:
    """The room's own provider as it is without a word: its client's library is not loaded for that."""
    reference: str = import_module(f"atoll.capabilities.{room}").PROVIDERS[room]
    return Chosen(room, _Nothing(), reference)


def backends(stores: dict[str, Chosen], outbound: dict[str, Chosen], granted: set[str], folders: Folders) -> Backends:
    """All backends of a run. The store `default` needs no word of the config; it is made where it is `granted`."""
    usual = {DEFAULT: Chosen("spin", SpinConfig())} if DEFAULT in granted else {}
    chosen = usual | stores
    key_value = {label: _key_value(one, folders) for label, one in chosen.items()}
    alone = {room: _named({"": one}, folders) for room, one in outbound.items()}
    return Backends(Rooms(key_value=key_value), {"key_value": _named(chosen, folders), **alone})


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A backend without keys."""


# What the data plane itself provides.
_OWN: dict[str, dict[str, type[msgspec.Struct]]] = {"key_value": {"spin": SpinConfig, "memory": _Nothing}}


def _key_value(chosen: Chosen, folders: Folders) -> Backend:
    if chosen.reference is not None:
        return Backend(type="python")
    if isinstance(chosen.config, SpinConfig):
        given = chosen.config.path
        path = folders.config / given if given else folders.state / _KEY_VALUE_FILE
    else:
        path = folders.memory / _KEY_VALUE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    return Backend(type="sqlite", path=str(path))


def _named(chosen: dict[str, Chosen], folders: Folders) -> dict[str, Named]:
    return {
        label: Named(
            provider=one.reference,
            config=msgspec.to_builtins(one.config),
            label=label,
            folder=str(folders.config),
            state=str(folders.state),
        )
        for label, one in chosen.items()
        if one.reference is not None
    }
