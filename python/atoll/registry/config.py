"""Which registry has which package: the configuration that `wkg` and Spin read, and what registries say of themselves.

`$XDG_CONFIG_HOME/wasm-pkg/config.toml`: `default_registry`, `[namespace_registries]`, `[package_registry_overrides]`
and `[registry."host"]`. A package `namespace:name` lies at `prefix` + `namespace/name` of the OCI registry that its
host names under `/.well-known/wasm-pkg/registry.json`, or of the host itself.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec

from atoll.errors import UserError
from atoll.manifest.toml import Toml, with_line
from atoll.registry.client import Client
from atoll.registry.credentials import Credentials
from atoll.registry.reference import is_local

# Those of wkg.
_WELL_KNOWN_REGISTRIES = {"wasi": "wasi.dev", "ba": "bytecodealliance.org"}
_WELL_KNOWN = "/.well-known/wasm-pkg/registry.json"
_MAX_BYTES = 64 << 10
_SECONDS = 10.0


class _Oci(msgspec.Struct, rename="camel"):
    registry: str | None = None
    namespace_prefix: str | None = None


class _Metadata(msgspec.Struct, rename="camel"):
    preferred_protocol: str | None = None
    oci: _Oci | None = None
    oci_registry: str | None = None
    oci_namespace_prefix: str | None = None


class _Mapping(msgspec.Struct):
    registry: str
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


class _Basic(msgspec.Struct):
    username: str
    password: str


class _Backend(msgspec.Struct):
    auth: str | _Basic | None = None
    protocol: str | None = None


class _Registry(msgspec.Struct):
    oci: _Backend = msgspec.field(default_factory=_Backend)


class _Config(msgspec.Struct):
    default_registry: str | None = None
    namespace_registries: dict[str, str | _Mapping] = msgspec.field(default_factory=dict)
    package_registry_overrides: dict[str, str | _Mapping] = msgspec.field(default_factory=dict)
    registry: dict[str, _Registry] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a package lies: registry and repository."""

    registry: str
    repository: str


class Config:
    """What is configured. Read once."""

    def __init__(self, content: dict[str, Any], file: Path) -> None:
        try:
            self._config = msgspec.convert(content, type=_Config)
        except msgspec.ValidationError as error:
            raise _invalid(file, str(error)) from None
        self._file = file

    @classmethod
    def load(cls) -> "Config":
        """The user's configuration, or none. Raises UserError `registry-config-invalid`."""
        home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        file = home / "wasm-pkg" / "config.toml"
        try:
            return cls(Toml.from_file(file).data, file)
        except (FileNotFoundError, NotADirectoryError):
            return cls({}, file)
        except OSError as error:
            raise _invalid(file, error.strerror or str(error)) from None
        except UserError as error:
            raise _invalid(file, with_line(error)) from None

    def place(self, package: str, registry: str | None = None, *, well_known: bool = True) -> Place:
        """Where `namespace:name` lies, at the given registry or the one that is configured for it.

        A few namespaces are known to have a registry without that; with `well_known` it counts.

        Raises UserError `registry-unknown` if nothing says where, `registry-failed` for a registry that speaks no OCI.
        """
        namespace, _, name = package.partition(":")
        mapping = registry or self._mapping(package, namespace)
        if mapping is None and well_known:
            mapping = _WELL_KNOWN_REGISTRIES.get(namespace)
        if mapping is None:
            raise UserError(
                "registry-unknown",
                f"nothing says which registry has the package `{package}`",
                f'write `registry = "…"` beside it, or [namespace_registries] {namespace} = "…" in {self._file}',
            )
        host = mapping.registry if isinstance(mapping, _Mapping) else mapping
        host, slash, folder = host.partition("/")
        if slash:
            return Place(host, f"{folder.strip('/')}/{namespace}/{name}")
        said = mapping.metadata if isinstance(mapping, _Mapping) else self._asked(host)
        oci = said.oci or _Oci()
        prefix = oci.namespace_prefix or said.oci_namespace_prefix or ""
        return Place(oci.registry or said.oci_registry or host, f"{prefix}{namespace}/{name}")

    def client(self, registry: str, *, plain_http: bool = False) -> Client:
        """A client of that registry, as configured."""
        backend = self._config.registry.get(registry, _Registry()).oci
        return Client(
            registry,
            plain_http=plain_http or backend.protocol == "http",
            credentials=_credentials(backend.auth, self._file),
        )

    def _mapping(self, package: str, namespace: str) -> str | _Mapping | None:
        config = self._config
        return (
            config.package_registry_overrides.get(package)
            or config.namespace_registries.get(namespace)
            or config.default_registry
        )

    def _asked(self, host: str) -> _Metadata:
        """What a registry says of itself; a registry that says nothing is its own."""
        if is_local(host) or self._config.registry.get(host, _Registry()).oci.protocol == "http":
            return _Metadata()
        try:
            with httpx.stream("GET", f"https://{host}{_WELL_KNOWN}", timeout=_SECONDS) as response:
                if not response.is_success:
                    return _Metadata()
                body = b""
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > _MAX_BYTES:
                        raise UserError("registry-failed", f"{host}{_WELL_KNOWN} has more than {_MAX_BYTES} bytes")
            return msgspec.json.decode(body, type=_Metadata)
        except (httpx.HTTPError, httpx.InvalidURL):
            return _Metadata()  # the registry itself will say what is wrong
        except (msgspec.MsgspecError, RecursionError) as error:
            raise UserError("registry-failed", f"{host}{_WELL_KNOWN} cannot be read: {error}") from None


def _credentials(given: str | _Basic | None, file: Path) -> Credentials | None:
    if isinstance(given, _Basic):
        return Credentials(given.username, given.password)
    if given is None:
        return None
    from base64 import b64decode

    try:
        username, colon, password = b64decode(given + "==").decode().partition(":")
    except ValueError:
        colon = ""
    if not colon:
        raise _invalid(file, "`auth` is not base64 of NAME:PASSWORD")
    return Credentials(username, password)


def _invalid(file: Path, why: str) -> UserError:
    return UserError("registry-config-invalid", f"{file} cannot be used: {why}", "mend or remove it")
