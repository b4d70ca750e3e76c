"""The network in the runtime config: blocked networks, limits of connections, TLS of the guests' HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Struct, field

from atoll.host.settings import ClientTls as Handed
from atoll.host.settings import Outbound
from atoll.manifest.fields import Doc, KebabId
from atoll.manifest.read import Reader

if TYPE_CHECKING:
    import ssl


class OutboundNetworking(Struct, kw_only=True):
    """What holds for the connections of every component."""

    block_networks: Annotated[list[str], Doc("CIDRs that no component may connect to, or the word `private`.")] = field(
        default_factory=list
    )
    max_socket_connections: Annotated[
        int | None, Doc("Most raw sockets of all components; by default half of the files that may be open.")
    ] = None
    max_total_connections: Annotated[
        int | None, Doc("Most connections of all kinds: sockets, HTTP, and those that guests hold open to servers.")
    ] = None


class OutboundHttp(Struct, kw_only=True):
    """The HTTP connections of every component."""

    connection_pooling: Annotated[bool, Doc("Connections are kept for the next request; true by default.")] = True
    max_connections: Annotated[int | None, Doc("Most connections at the same time; 0 allows none.")] = None
    max_concurrent_requests: Annotated[int | None, Doc("As Spin had it: one less than `max_connections`.")] = None


class ClientTls(Struct, kw_only=True):
    """TLS of some components' HTTP requests to some hosts; the first entry that fits holds. Paths are relative to the
    file. Without a word about authorities, those of the operating system are trusted.
    """

    component_ids: Annotated[list[KebabId], Doc("The components.")]
    hosts: Annotated[list[str], Doc("The hosts, without ports.")]
    ca_use_platform_roots: Annotated[bool | None, Doc("Trust the operating system's authorities.")] = None
    ca_use_webpki_roots: Annotated[bool | None, Doc("Trust Mozilla's authorities, which are built in.")] = None
    ca_roots_file: Annotated[str | None, Doc("PEM file of further authorities to trust.")] = None
    client_cert_file: Annotated[str | None, Doc("PEM file of the certificate that the client shows.")] = None
    client_private_key_file: Annotated[str | None, Doc("PEM file of the certificate's private key.")] = None


_LIMITS = (
    ("outbound_networking", "max_socket_connections"),
    ("outbound_networking", "max_total_connections"),
    ("outbound_http", "max_connections"),
    ("outbound_http", "max_concurrent_requests"),
)


class Network(Struct, kw_only=True):
    """The tables of the runtime config that are about the network."""

    outbound_networking: OutboundNetworking = field(default_factory=OutboundNetworking)
    outbound_http: OutboundHttp = field(default_factory=OutboundHttp)
    client_tls: list[ClientTls] = field(default_factory=list)

    def check(self, reader: Reader, folder: Path) -> None:
        """Note what is wrong with values and files."""
        for table, key in _LIMITS:
            limit = getattr(getattr(self, table), key)
            if limit is not None and limit < 0:
                reader.note("manifest-value-invalid", f"`{key}` must not be negative", (table, key))
        if None not in (self.outbound_http.max_connections, self.outbound_http.max_concurrent_requests):
            said = "`max_connections` and `max_concurrent_requests` limit the same: write one of them"
            reader.note("manifest-value-invalid", said, ("outbound_http", "max_concurrent_requests"))
        for index, entry in enumerate(self.client_tls):
            _Checking(reader, folder, index).check(entry)

    def settings(self, folder: Path, ca_file: str | None, sockets: int | None) -> Outbound:
        """The part of the settings document. There are so many `sockets` at most where the file does not say."""
        http, networking = self.outbound_http, self.outbound_networking
        older = None if http.max_concurrent_requests is None else http.max_concurrent_requests + 1
        return Outbound(
            block_networks=networking.block_networks,
            ca_file=ca_file,
            client_tls=[_handed(entry, folder) for entry in self.client_tls],
            connection_pooling=http.connection_pooling,
            max_http_connections=_first(http.max_connections, older),
            max_socket_connections=_first(networking.max_socket_connections, sockets),
            max_total_connections=networking.max_total_connections,
        )


def _first(given: int | None, otherwise: int | None) -> int | None:
    return otherwise if given is None else given


def _handed(entry: ClientTls, folder: Path) -> Handed:
    def path(name: str | None) -> str | None:
        return None if name is None else str((folder / name).absolute())

    unsaid = entry.ca_use_platform_roots is None and entry.ca_use_webpki_roots is None
    return Handed(
        component_ids=entry.component_ids,
        hosts=entry.hosts,
        ca_use_platform_roots=entry.ca_roots_file is None if unsaid else bool(entry.ca_use_platform_roots),
        ca_use_webpki_roots=bool(entry.ca_use_webpki_roots),
        ca_roots_file=path(entry.ca_roots_file),
        client_cert_file=path(entry.client_cert_file),
        client_private_key_file=path(entry.client_private_key_file),
    )


class _Checking:
    """One entry of `client_tls`: what the data plane could not use is refused before anything starts."""

    def __init__(self, reader: Reader, folder: Path, index: int) -> None:
        self._reader = reader
        self._folder = folder
        self._index = index

    def check(self, entry: ClientTls) -> None:
        """Note what is wrong with it."""
        for key in ("component_ids", "hosts"):
            if not getattr(entry, key):
                self._note(key, f"`{key}` must name at least one")
        for number, host in enumerate(entry.hosts):
            if not host or any(character in host for character in "/@?# *") or _has_port(host):
                self._note("hosts", f"`{host}` is no host: write a name or an address, without scheme and port", number)
        if (entry.client_cert_file is None) != (entry.client_private_key_file is None):
            given = "client_private_key_file" if entry.client_cert_file is None else "client_cert_file"
            self._note(given, "`client_cert_file` and `client_private_key_file` go together")
        elif entry.client_cert_file is not None and entry.client_private_key_file is not None:
            self._identity(entry.client_cert_file, entry.client_private_key_file)
        if entry.ca_roots_file is not None:
            self._roots(entry.ca_roots_file)
        elif not _handed(entry, self._folder).ca_use_platform_roots and not entry.ca_use_webpki_roots:
            self._note("hosts", "no authority is trusted: name `ca_roots_file`, or use the platform's or webpki's")

    def _roots(self, name: str) -> None:
        if self._is_readable("ca_roots_file", name):
            self._loaded("ca_roots_file", name, lambda path: _context().load_verify_locations(path))

    def _identity(self, cert: str, key: str) -> None:
        names = {"client_cert_file": cert, "client_private_key_file": key}
        if not all([self._is_readable(file, name) for file, name in names.items()]):  # noqa: C419 - both are said
            return
        chain = self._folder / cert
        # A certificate is read as an authority's would be: it has no key that could be wrong.
        if self._loaded("client_cert_file", cert, lambda path: _context().load_verify_locations(path)):
            self._loaded("client_private_key_file", key, lambda path: _context().load_cert_chain(chain, path, str))

    def _is_readable(self, key: str, name: str) -> bool:
        try:
            with (self._folder / name).open("rb"):
                return True
        except OSError as error:
            self._note(key, f"`{key}`: {name} cannot be read: {error.strerror}")
            return False

    def _loaded(self, key: str, name: str, load: Callable[[Path], None]) -> bool:
        try:
            load(self._folder / name)
        except (OSError, ValueError) as error:
            why = "it does not belong to the certificate" if "MISMATCH" in str(error) else "it is not what it should be"
            self._note(key, f"`{key}`: {name} cannot be used: {why} (in PEM, without a password)")
            return False
        return True

    def _note(self, key: str, message: str, *path: int) -> None:
        self._reader.note("manifest-value-invalid", message, ("client_tls", self._index, key, *path))


def _context() -> "ssl.SSLContext":
    # Loaded where a certificate is read: most starts need none.
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _has_port(host: str) -> bool:
    """The colons of an IPv6 address stand in brackets."""
    return ":" in host.rpartition("]")[2]
