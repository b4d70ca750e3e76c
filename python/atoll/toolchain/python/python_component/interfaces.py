"""The interfaces that `atoll_guest` offers, and the worlds that are made of those that a project uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ("CLIENT", "COMMAND", "HTTP", "ROOMS", "WIT", "World", "world")

# Beside this folder in the package, and where it is copied to.
WIT = Path(__file__).resolve().parents[2] / "wit"

_WASI = tuple(
    f"wasi-0.2.12/deps/{name}.wit" for name in ("io", "clocks", "random", "filesystem", "sockets", "cli", "http")
)
_SPIN = ("spin/deps/spin@2.0.0",)

# The modules that stand for interfaces in the bindings, under names that no world of one's own changes.
_NAMES = {
    "wasi:cli/exit@0.2.12": "wasi_cli_exit",
    "wasi:clocks/monotonic-clock@0.2.12": "wasi_clocks_monotonic",
    "wasi:http/outgoing-handler@0.2.12": "wasi_http_outgoing",
    "wasi:http/types@0.2.12": "wasi_http_types",
    "wasi:io/error@0.2.12": "wasi_io_error",
    "wasi:io/poll@0.2.12": "wasi_io_poll",
    "wasi:io/streams@0.2.12": "wasi_io_streams",
}
_LOOP = ("wasi:clocks/monotonic-clock@0.2.12", "wasi:io/poll@0.2.12")
HTTP = ("wasi:http/types@0.2.12", "wasi:io/streams@0.2.12", "wasi:io/error@0.2.12", *_LOOP)
CLIENT = ("wasi:http/outgoing-handler@0.2.12", *HTTP)
COMMAND = ("wasi:cli/exit@0.2.12", *_LOOP)


@dataclass(frozen=True)
class Room:
    """A module of `atoll_guest`: its interfaces, each with its module in the bindings, and the WIT that describes them."""

    interfaces: dict[str, str]
    wit: tuple[str, ...] = _SPIN


_RDBMS = {"fermyon:spin/rdbms-types@2.0.0": "spin_rdbms_types"}

ROOMS = {
    "config": Room(
        {"wasi:config/store@0.2.0-draft-2024-09-27": "wasi_config"}, ("spin/deps/wasi-runtime-config-2024-09-27",)
    ),
    "key_value": Room({"fermyon:spin/key-value@2.0.0": "spin_key_value"}),
    "llm": Room({"fermyon:spin/llm@2.0.0": "spin_llm"}),
    "mqtt": Room({"fermyon:spin/mqtt@2.0.0": "spin_mqtt"}),
    "mysql": Room({"fermyon:spin/mysql@2.0.0": "spin_mysql", **_RDBMS}),
    "postgres": Room({"spin:postgres/postgres@4.1.0": "spin_postgres"}, ("spin/deps/spin-postgres@4.1.0",)),
    "redis": Room({"fermyon:spin/redis@2.0.0": "spin_redis"}),
    "sqlite": Room({"spin:sqlite/sqlite@3.0.0": "spin_sqlite"}, ("spin/deps/spin-sqlite@3.0.0",)),
    "variables": Room({"fermyon:spin/variables@2.0.0": "spin_variables"}),
}


@dataclass(frozen=True)
class World:
    """A world, as componentize-py is told of it: arguments, and the text of a WIT file where one has to be written."""

    text: str
    packages: tuple[Path, ...]
    names: dict[str, str]

    def arguments(self, file: Path) -> list[str]:
        """The options that describe the world, whose text lies in `file`."""
        told = [argument for package in (*self.packages, file) for argument in ("-d", str(package))]
        told += [part for name in self.names.items() for part in ("--import-interface-name", "=".join(name))]
        return [*told, "-w", "atoll:made/component"]


def world(imports: Iterable[str], exports: Iterable[str], rooms: Iterable[str]) -> World:
    """The world with these interfaces and those of the rooms."""
    chosen = [ROOMS[name] for name in sorted(rooms)]
    names = {interface: name for interface, name in _NAMES.items() if interface in imports}
    for room in chosen:
        names |= room.interfaces
    lines = [f"  import {interface};" for interface in names] + [f"  export {interface};" for interface in exports]
    text = "\n".join(["package atoll:made;", "", "world component {", *lines, "}", ""])
    wit = dict.fromkeys([*_WASI, *(path for room in chosen for path in room.wit)])
    return World(text, tuple(WIT / path for path in wit), names)
