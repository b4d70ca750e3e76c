"""The runtime config file: what the operator of an app says, apart from its author.

Spin's format. Keys of things that atoll does not have are refused by name, so that nobody believes them to hold.
"""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Struct, field

from atoll.errors import AtollError, Location, UserError, raise_all
from atoll.manifest.fields import Doc, Label
from atoll.manifest.read import INVALID, Reader
from atoll.manifest.toml import Toml
from atoll.runtime import backends
from atoll.runtime.backends import Chosen, Labelled, Table
from atoll.runtime.environment import Overlaid
from atoll.runtime.network import ClientTls, Network, OutboundHttp, OutboundNetworking

STATE_DIR = ".spin"
"""Where an app keeps its state, beside its manifest: Spin's name."""

# What stands behind a key may be a secret.
_BEFORE_VALUE = re.compile(r"""\s*(?:[\w.-]|"[^"]*"|'[^']*')+\s*=\s*""")
_HEADER = re.compile(r"\s*\[{1,2}[\w.\s-]+\]{1,2}")


class RuntimeConfig(Struct, kw_only=True):
    """The whole file."""

    state_dir: Annotated[str | None, Doc("Where the app keeps state and logs.")] = None
    log_dir: Annotated[str | None, Doc("Where component logs go.")] = None
    max_instance_memory: Annotated[int | None, Doc("Memory limit of every component, in bytes.")] = None
    outbound_networking: Annotated[OutboundNetworking, Doc("Limits of outbound connections.")] = field(
        default_factory=OutboundNetworking
    )
    outbound_http: Annotated[OutboundHttp, Doc("The guests' HTTP connections.")] = field(default_factory=OutboundHttp)
    client_tls: Annotated[list[ClientTls], Doc("TLS of some components' HTTP requests, the first that fits.")] = field(
        default_factory=list
    )
    variables_provider: Annotated[list[Table], Doc("Who has values of variables; the first wins.")] = field(
        default_factory=list
    )
    config_provider: Annotated[list[Table], Doc("The former name of `variables_provider`.")] = field(
        default_factory=list
    )

    key_value_store: Annotated[dict[Label, Table], Doc("Backends of key-value stores, by label.")] = field(
        default_factory=dict
    )

    llm_compute: Annotated[Table, Doc("Who runs language models for the guests.")] = field(default_factory=dict)
    blobstore: Annotated[dict[Label, Table], Doc("Backends of containers of objects, by label.")] = field(
        default_factory=dict
    )
    messaging: Annotated[dict[Label, Table], Doc("Brokers of messages, by label.")] = field(default_factory=dict)
    sqlite_database: Annotated[dict[Label, Table], Doc("Backends of SQLite databases, by label.")] = field(
        default_factory=dict
    )

    outbound_redis: Annotated[Table, Doc("Who connects to Redis for the guests.")] = field(default_factory=dict)
    outbound_mqtt: Annotated[Table, Doc("Who connects to MQTT brokers for the guests.")] = field(default_factory=dict)
    outbound_pg: Annotated[Table, Doc("Who connects to PostgreSQL for the guests.")] = field(default_factory=dict)
    outbound_mysql: Annotated[Table, Doc("Who connects to MySQL for the guests.")] = field(default_factory=dict)

    def network(self) -> Network:
        """What is said about the network."""
        return Network(
            outbound_networking=self.outbound_networking, outbound_http=self.outbound_http, client_tls=self.client_tls
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class Loaded(RuntimeConfig, kw_only=True):
    """The file as a run uses it: where it lies, and the backends that it names."""

    folder: Path = field(default_factory=Path.cwd)
    labelled: Labelled = field(default_factory=dict)
    outbound: dict[str, Chosen] = field(default_factory=dict)
    variables: list[Chosen] = field(default_factory=list)


def load(file: Path | None) -> Loaded:
    """What file and environment say. Raises UserError or Problems with all that is wrong.

    Paths in it are relative to the file's folder; without a file, to the working directory.
    """
    overlaid = Overlaid(_toml(file), os.environ)
    reader = Reader(overlaid)
    config = reader.read(RuntimeConfig, overlaid.data, ())
    folder = Path.cwd() if file is None else file.parent.absolute()
    whole = config is not INVALID
    labelled = backends.labelled(reader, _tables(config, backends.LABELLED)) if whole else {}
    outbound = backends.outbound(reader, _tables(config, backends.OUTBOUND), folder) if whole else {}
    asked = _variables(reader, config) if whole else []
    if config is not INVALID:
        config.network().check(reader, folder)
    raise_all(map(_as_ours, reader.problems))
    assert config is not INVALID, "a value without problems is whole"
    read = msgspec.structs.asdict(config)
    return Loaded(**read, folder=folder, labelled=labelled, outbound=outbound, variables=asked)


def _toml(file: Path | None) -> Toml:
    if file is None:
        return Toml.from_bytes(b"", "")
    try:
        return Toml.from_file(file)
    except OSError as error:
        raise _problem(f"{file} cannot be read: {error.strerror}") from None
    except UserError as error:
        raise _as_ours(error) from None


def _tables(config: RuntimeConfig, rooms: dict[str, str]) -> dict[str, Any]:
    """What the config says of these rooms, by the keys of their tables."""
    return {key: getattr(config, key) for key in rooms.values()}


def _variables(reader: Reader, config: RuntimeConfig) -> list[Chosen]:
    """Who has values of variables, in the order of the file; what is wrong with them is noted in the reader."""
    if config.variables_provider and config.config_provider:
        message = "`config_provider` is the former name of `variables_provider`: use one of them, for the order"
        reader.note("manifest-value-invalid", message, ("config_provider", 0))
    named = {"variables_provider": config.variables_provider, "config_provider": config.config_provider}
    read = [
        backends.choose(reader, "variables", table, (key, index))
        for key, tables in named.items()
        for index, table in enumerate(tables)
    ]
    return [chosen for chosen in read if chosen is not None]


def _problem(message: str) -> UserError:
    return UserError("runtime-config-invalid", message)


def _as_ours(error: AtollError) -> UserError:
    place = error.location
    return UserError("runtime-config-invalid", error.message, error.hint, location=place and _without_value(place))


def _without_value(place: Location) -> Location:
    """The place, its line up to the value."""
    header, before = _HEADER.match(place.source), _BEFORE_VALUE.match(place.source)
    shown = header[0] if header else (before[0] if before else "") + "…"
    column = min(place.column, len(shown))
    return replace(place, source=shown, column=column, length=min(place.length, len(shown) - column + 1))
