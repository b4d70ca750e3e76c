"""The settings of one run: one of the two documents that go down to the data plane.

Times are milliseconds, sizes are bytes. The defaults of `Http` are those of `crates/gateway/src/settings.rs`; a law
test keeps them equal.
"""

from typing import Literal

import msgspec
from msgspec import Struct, field

from atoll.host import compiler

AccessFormat = Literal["off", "text", "json"]
Pooling = Literal["auto", "off"]


class Http(Struct, kw_only=True, frozen=True):
    """What a client may send, and how slowly."""

    max_header_bytes: int = 64 << 10
    max_headers: int = 100
    max_uri_bytes: int = 8 << 10
    max_body_bytes: int = 1 << 30
    header_timeout_ms: int = 30_000
    max_connections: int = 10_000
    busy_poll_us: int = 200


class Tls(Struct, kw_only=True, frozen=True):
    """The listener's certificate chain and its private key, each a PEM file that is read again when it changes."""

    cert_file: str
    key_file: str


class Log(Struct, kw_only=True, frozen=True):
    """Where guest output and access lines go.

    `dir` gets two files a component, None writes none; each begins anew beyond `max_bytes`, and its predecessor is
    kept. `follow` is the word `all`, or the components whose output the terminal shows.
    """

    dir: str | None = None
    truncate: bool = False
    max_bytes: int = 64 << 20
    follow: Literal["all"] | list[str] = "all"
    access: AccessFormat = "off"


class Compiler(Struct, kw_only=True, frozen=True):
    """The process that compiles a guest, which may be a stranger's: what it starts with, and what it may take.

    `env` is its whole environment. Beyond time or memory it is stopped, and the guest is refused.
    """

    argv: list[str] = field(default_factory=compiler.argv)
    env: dict[str, str] = field(default_factory=compiler.environment)
    timeout_ms: int = compiler.TIMEOUT_MS
    memory_bytes: int = compiler.MEMORY_BYTES


class Engine(Struct, kw_only=True, frozen=True):
    """How guests are compiled. Without a `cache_dir` they are compiled anew in each process.

    `features` are switched on beside those that the app itself names. At most `max_instances` live at the same time in
    a process; None takes what is sensible for the machine. Without a `compiler` this process compiles itself, without
    limits. With `never_compile` only what is in the cache is run. `target` is what is compiled for, as a triple, where
    that is not this machine.
    """

    pooling: Pooling = "auto"
    debug_info: bool = False
    cache_dir: str | None = None
    max_instances: int | None = None
    features: list[str] = []
    compiler: Compiler | None = field(default_factory=Compiler)
    never_compile: bool = False
    target: str | None = None


class ClientTls(Struct, kw_only=True, frozen=True):
    """TLS of some components' HTTP requests to some hosts: whom they trust, and who they say they are; PEM files."""

    component_ids: list[str]
    hosts: list[str]
    ca_use_platform_roots: bool = False
    ca_use_webpki_roots: bool = False
    ca_roots_file: str | None = None
    client_cert_file: str | None = None
    client_private_key_file: str | None = None


class Outbound(Struct, kw_only=True, frozen=True):
    """What holds for the outbound connections of every component.

    `block_networks` are CIDRs, or the word `private`; `ca_file` is a PEM file of further certificate authorities. Of
    `client_tls` the first entry that fits holds. `instead`, `ADDRESS:PORT`, is sent all HTTP requests that are granted,
    and told in `Forwarded` whom they are for. Connections are limited for all processes together; None is no limit.
    """

    block_networks: list[str] = field(default_factory=list)
    ca_file: str | None = None
    client_tls: list[ClientTls] = field(default_factory=list)
    instead: str | None = None
    connection_pooling: bool = True
    max_http_connections: int | None = None
    max_socket_connections: int | None = None
    max_total_connections: int | None = None
    connect_timeout_ms: int = 10_000
    first_byte_timeout_ms: int = 60_000
    between_bytes_timeout_ms: int = 60_000


class Backend(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Where a store's data is: `sqlite`, a file at `path`, or `python`, an object that comes beside the settings."""

    type: Literal["sqlite", "python"]
    path: str | None = None


class Database(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Where an SQLite database is: `embedded`, a file, or `python`, an object that comes beside the settings."""

    type: Literal["embedded", "python"]
    path: str | None = None
    allow_attach_file: bool = False
    max_bytes: int | None = None


class Rooms(Struct, kw_only=True, frozen=True):
    """The backends of the capabilities, by room and label."""

    key_value: dict[str, Backend] = field(default_factory=dict)
    sqlite: dict[str, Database] = field(default_factory=dict)


class Sampler(Struct, kw_only=True, frozen=True):
    """Which traces are recorded: as the caller decided, if `parent_based`, and `ratio` of those without a caller."""

    parent_based: bool
    ratio: float


class Observe(Struct, kw_only=True, frozen=True):
    """What the data plane measures and hands over for export. By default nothing.

    With `profiles` they can be gathered; with a `profile_dir` they are from the start, and each process leaves its own
    there when it ends.
    """

    metrics: bool = False
    traces: Sampler | None = None
    logs: bool = False
    guest_metrics: bool = False
    profiles: bool = False
    profile_dir: str | None = None


class Development(Struct, kw_only=True, frozen=True):
    """What whoever asks is shown of a failure, because it is the app's developer.

    `ending` ends every HTML page. `sources` are the folders in which components' sources are, those of the app under an
    empty name.
    """

    ending: str = ""
    sources: dict[str, str] = field(default_factory=dict)


class Record(Struct, kw_only=True, frozen=True):
    """Which calls are written into the folder `dir`, at most so many: all, or those that something is said of here.

    `errors` are those that failed or were answered by a status of 500 and more. `slower_ms` is a time in milliseconds,
    `headers` are those one of which a request has.
    """

    dir: str
    most: int
    errors: bool = False
    slower_ms: int | None = None
    headers: list[str] = []


class Settings(Struct, kw_only=True, frozen=True):
    """One run of an app.

    With a `listen_fd`, a listening socket that this process inherited, `listen` only names it. `workers` processes
    share the address; this one is `worker`, counted from 0. `max_instance_memory` and `request_timeout_ms` override the
    limits of every component.
    """

    listen: str = "127.0.0.1:3000"
    listen_fd: int | None = None
    listen_mode: int | None = None
    proxy_protocol: bool = False
    compress: bool = False
    workers: int = 1
    worker: int = 0
    drain_ms: int = 10_000
    allow_transient_write: bool = False
    max_instance_memory: int | None = None
    request_timeout_ms: int | None = None
    http: Http = field(default_factory=Http)
    tls: Tls | None = None
    log: Log = field(default_factory=Log)
    engine: Engine = field(default_factory=Engine)
    outbound: Outbound = field(default_factory=Outbound)
    rooms: Rooms = field(default_factory=Rooms)
    observe: Observe = field(default_factory=Observe)
    development: Development | None = None
    record: Record | None = None

    def to_json(self) -> str:
        """The settings document."""
        return msgspec.json.encode(self).decode()
