"""The backends of a run: what the runtime config names, and the stores that every app has without a word."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from atoll.capabilities import blobstore, registry
from atoll.capabilities.blobstore.memory import MemoryConfig
from atoll.capabilities.key_value.spin import SpinConfig
from atoll.capabilities.registry import Named
from atoll.capabilities.sqlite.spin import SpinConfig as SqliteConfig
from atoll.host.settings import Backend, Database, Rooms
from atoll.manifest.fields import File, hints, take_apart
from atoll.manifest.positions import Path as KeyPath
from atoll.manifest.read import INVALID, Reader
from atoll.runtime.scratch import memory_place

# Spin's name, so that an app's data is found by both.
_KEY_VALUE_FILE = "sqlite_key_value.db"
_SQLITE_FILE = "sqlite_db.db"
DEFAULT = "default"

OUTBOUND = {
    "llm": "llm_compute",
    "redis": "outbound_redis",
    "mqtt": "outbound_mqtt",
    "postgres": "outbound_pg",
    "mysql": "outbound_mysql",
}
"""The rooms with one backend for all components, and the table of the runtime config for each."""

LABELLED = {
    "blobstore": "blobstore",
    "key_value": "key_value_store",
    "messaging": "messaging",
    "sqlite": "sqlite_database",
}
"""The rooms whose backends components name by label, and the table of the runtime config for each."""

# Whose provider is not called as the room is.
_TYPES = {"llm": "spin"}

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


def memory_folder() -> Path:
    """Make a folder for what ends with the run, in memory where the system has a place for that."""
    return Path(tempfile.mkdtemp(prefix="atoll-memory-", dir=memory_place()))


def own(room: str) -> tuple[str, ...]:
    """The kinds of backend of a room that the data plane itself provides."""
    return tuple(_OWN.get(room, {}))


def kinds(room: str) -> dict[str, type[msgspec.Struct] | None]:
    """The kinds of backend of a room, and what reads the table of each; None where its client is not installed."""
    return {**_OWN.get(room, {}), **{kind: _config(reference) for kind, reference in registry.known(room).items()}}


def _config(reference: str) -> type[msgspec.Struct] | None:
    try:
        return registry.find(reference).Config
    except (ImportError, AttributeError):
        return None


def has_default(room: str) -> bool:
    """Whether a component may be granted the label `default` of a room of which the config says nothing."""
    return room in _DEFAULTS


def choose(reader: Reader, room: str, table: Table, path: KeyPath) -> Chosen | None:
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


def outbound(reader: Reader, tables: dict[str, Table], folder: Path) -> dict[str, Chosen]:
    """Who works for the guests of every component, by room; `tables` are those of the runtime config in that folder."""
    read = {
        room: choose(reader, room, {"type": usual_type(room)} | tables[key], (key,)) if tables[key] else _usual(room)
        for room, key in OUTBOUND.items()
    }
    found = {room: chosen for room, chosen in read.items() if chosen is not None}
    for room, chosen in found.items():
        _see_files(reader, chosen.config, (OUTBOUND[room],), folder)
    return found


def _see_files(reader: Reader, config: msgspec.Struct, path: tuple[str, ...], folder: Path) -> None:
    """Note the keys whose files are not there, or cannot be read."""
    for key, hint in hints(type(config)).items():
        name = getattr(config, key) if take_apart(hint).mark(File) else None
        if name is not None and not os.access(folder / name, os.R_OK):
            reader.note("manifest-value-invalid", f"`{key}`: there is no file {name} that can be read", (*path, key))


def usual_type(room: str) -> str:
    """The room's own provider, where the config names none."""
    return _TYPES.get(room, room)


def _usual(room: str) -> Chosen:
    """That provider as it is without a word: its client's library is not loaded for that."""
    kind = usual_type(room)
    reference: str = import_module(f"atoll.capabilities.{room}").PROVIDERS[kind]
    return Chosen(kind, _Nothing(), reference)


Labelled = dict[str, dict[str, Chosen]]
"""Backends by room and label."""


def labelled(reader: Reader, tables: dict[str, dict[str, Table]]) -> Labelled:
    """The backends of rooms with labels, by room; `tables` are those of the runtime config."""
    read = {
        room: {label: choose(reader, room, table, (key, label)) for label, table in tables[key].items()}
        for room, key in LABELLED.items()
    }
    return {room: {label: one for label, one in labels.items() if one is not None} for room, labels in read.items()}


def backends(
    labelled: Labelled, outbound: dict[str, Chosen], granted: Mapping[str, set[str]], folders: Folders
) -> Backends:
    """All backends of a run.

    What is called `default` needs no word of the config; it is made where a component is `granted` it.
    """
    chosen = {room: _with_default(room, labelled.get(room, {}), granted.get(room, set())) for room in LABELLED}
    key_value = {label: _key_value(one, folders) for label, one in chosen["key_value"].items()}
    sqlite = {label: _sqlite(label, one, folders) for label, one in chosen["sqlite"].items()}
    chosen["blobstore"] = {label: _blobstore(one, folders) for label, one in chosen["blobstore"].items()}
    alone = {room: {"": one} for room, one in outbound.items()}
    providers = {room: _named(labels, folders) for room, labels in (chosen | alone).items()}
    return Backends(Rooms(key_value=key_value, sqlite=sqlite), providers)


def _with_default(room: str, chosen: dict[str, Chosen], granted: set[str]) -> dict[str, Chosen]:
    usual = _DEFAULTS.get(room)
    return ({DEFAULT: usual} if usual is not None and DEFAULT in granted else {}) | chosen


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A backend without keys."""


# What needs nothing but the run's own folders.
_OWN: dict[str, dict[str, type[msgspec.Struct]]] = {
    "blobstore": {"memory": _Nothing},
    "key_value": {"spin": SpinConfig, "memory": _Nothing},
    "sqlite": {"spin": SqliteConfig},
}


_DEFAULTS = {
    "blobstore": Chosen("local", _Nothing(), blobstore.PROVIDERS["local"]),
    "key_value": Chosen("spin", SpinConfig()),
    "sqlite": Chosen("spin", SqliteConfig()),
}


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


def _blobstore(chosen: Chosen, folders: Folders) -> Chosen:
    if chosen.reference is not None:
        return chosen
    return Chosen(chosen.kind, MemoryConfig(folder=str(folders.memory / "blobstore")), blobstore.MEMORY)


def _sqlite(label: str, chosen: Chosen, folders: Folders) -> Database:
    if not isinstance(chosen.config, SqliteConfig):
        return Database(type="python")
    config = chosen.config
    # Spin's: relative to the working directory, not to the config's.
    path = Path(config.path).absolute() if config.path else folders.state / _state_file(label)
    path.parent.mkdir(parents=True, exist_ok=True)
    return Database(
        type="embedded", path=str(path), allow_attach_file=config.allow_attach_file, max_bytes=config.max_bytes
    )


def _state_file(label: str) -> str:
    return _SQLITE_FILE if label == DEFAULT else f"sqlite_db_{label}.db"


def _named(chosen: dict[str, Chosen], folders: Folders) -> dict[str, Named]:
    return {label: named(one.reference, one.config, label, folders) for label, one in chosen.items() if one.reference}


def named(reference: str, config: msgspec.Struct, label: str, folders: Folders) -> Named:
    """The provider as each process makes it."""
    return Named(
        provider=reference,
        config=msgspec.to_builtins(config),
        label=label,
        folder=str(folders.config),
        state=str(folders.state),
    )
