"""The runtime config file: what the operator of an app says, apart from its author.

Spin's format. Keys of things that atoll does not have are refused by name, so that nobody believes them to hold.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Struct, field

from atoll.cli import backends
from atoll.cli.backends import Chosen, Table
from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest import variables
from atoll.manifest.fields import Choice, Doc, Label
from atoll.manifest.read import INVALID, Reader
from atoll.manifest.toml import Toml

_DEFAULT_PREFIX = variables.PREFIX.removesuffix("_")


class OutboundNetworking(Struct, kw_only=True):
    """What holds for the connections of every component."""

    block_networks: Annotated[list[str], Doc("CIDRs that no component may connect to, or the word `private`.")] = field(
        default_factory=list
    )


class VariablesProvider(Struct, kw_only=True):
    """Where values of variables come from."""

    type: Annotated[str, Choice(("static", "env")), Doc("`static` or `env`.")]
    values: Annotated[dict[str, str], Doc("Values by name (`static`).")] = field(default_factory=dict)
    prefix: Annotated[str, Doc("Variables of the environment begin with it and `_` (`env`).")] = _DEFAULT_PREFIX
    dotenv_path: Annotated[str | None, Doc("A file of further environment variables (`env`).")] = None


class RuntimeConfig(Struct, kw_only=True):
    """The whole file."""

    state_dir: Annotated[str | None, Doc("Where the app keeps state and logs.")] = None
    log_dir: Annotated[str | None, Doc("Where component logs go.")] = None
    max_instance_memory: Annotated[int | None, Doc("Memory limit of every component, in bytes.")] = None
    outbound_networking: Annotated[OutboundNetworking, Doc("Limits of outbound connections.")] = field(
        default_factory=OutboundNetworking
    )
    variables_provider: Annotated[list[VariablesProvider], Doc("Providers, the first one wins.")] = field(
        default_factory=list
    )

    key_value_store: Annotated[dict[Label, Table], Doc("Backends of key-value stores, by label.")] = field(
        default_factory=dict
    )

    outbound_redis: Annotated[Table, Doc("Who connects to Redis for the guests.")] = field(default_factory=dict)
    outbound_mqtt: Annotated[Table, Doc("Who connects to MQTT brokers for the guests.")] = field(default_factory=dict)

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """What variables are read from: the providers over the process's `own` environment, the first one on top."""
        known = dict(own)
        for provider in reversed(self.variables_provider):
            known |= _values(provider, own)
        return known


class Loaded(RuntimeConfig, kw_only=True):
    """The file as a run uses it: where it lies, and the backends that it names."""

    folder: Path = field(default_factory=Path.cwd)
    stores: dict[str, Chosen] = field(default_factory=dict)
    outbound: dict[str, Chosen] = field(default_factory=dict)


def load(file: Path) -> Loaded:
    """Read the file. Raises UserError or Problems, all `runtime-config-invalid`, with everything that is wrong."""
    try:
        toml = Toml.from_bytes(file.read_bytes(), str(file))
    except OSError as error:
        raise _problem(f"{file} cannot be read: {error.strerror}") from None
    except UserError as error:
        raise _as_ours(error) from None
    reader = Reader(toml)
    config = reader.read(RuntimeConfig, toml.data, ())
    stores = {} if config is INVALID else _stores(reader, config)
    outbound = {} if config is INVALID else _outbound(reader, config)
    raise_all(map(_as_ours, reader.problems))
    assert config is not INVALID, "a value without problems is whole"
    anchored = msgspec.structs.asdict(_anchored(config, file.parent))
    return Loaded(**anchored, folder=file.parent.absolute(), stores=stores, outbound=outbound)


def without_file() -> Loaded:
    """What holds where no file is named."""
    return Loaded(outbound=_outbound(Reader(Toml.from_bytes(b"", "")), RuntimeConfig()))


def _outbound(reader: Reader, config: RuntimeConfig) -> dict[str, Chosen]:
    """Who connects to servers; what is wrong with it is noted in the reader."""
    return backends.outbound(reader, {key: getattr(config, key) for key in backends.OUTBOUND.values()})


def _stores(reader: Reader, config: RuntimeConfig) -> dict[str, Chosen]:
    """The backends of key-value stores; what is wrong with them is noted in the reader."""
    read = {
        label: backends.choose(reader, "key_value", table, ("key_value_store", label))
        for label, table in config.key_value_store.items()
    }
    return {label: chosen for label, chosen in read.items() if chosen is not None}


def _anchored(config: RuntimeConfig, folder: Path) -> RuntimeConfig:
    """Paths of dotenv files are relative to the config's folder; a config can be used from anywhere."""
    for provider in config.variables_provider:
        if provider.dotenv_path is not None:
            provider.dotenv_path = str(folder / provider.dotenv_path)
    return config


def _values(provider: VariablesProvider, own: Mapping[str, str]) -> dict[str, str]:
    """The provider's values under the names that the default provider reads."""
    if provider.type == "static":
        return {variables.PREFIX + name.upper(): value for name, value in provider.values.items()}
    known = _dotenv(provider.dotenv_path) | dict(own)
    prefix = provider.prefix + "_"
    return {
        variables.PREFIX + name.removeprefix(prefix): value for name, value in known.items() if name.startswith(prefix)
    }


def _dotenv(path: str | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        return variables.parse_dotenv(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno or 0) if isinstance(error, OSError) else "it is not UTF-8"
        raise _problem(f"{path} cannot be read: {reason}") from None


def _problem(message: str) -> UserError:
    return UserError("runtime-config-invalid", message)


def _as_ours(error: AtollError) -> UserError:
    return UserError("runtime-config-invalid", error.message, error.hint, location=error.location)
