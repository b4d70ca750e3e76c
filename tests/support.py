"""What tests of several folders use by name: built guests, raw connections."""

import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUESTS = ROOT / "build" / "guests"


def built(name: str) -> Path:
    """A guest's file; the test is skipped where its toolchain was not at hand."""
    file = GUESTS / f"{name}.wasm"
    if not file.exists():
        pytest.skip(f"the guest {name} is not built: make guests")
    return file


def write_app(folder: Path, rest: str) -> Path:
    """The manifest of an app in `folder`; `<NAME>` becomes the path of that guest."""
    parts = rest.split("<")
    text = parts[0]
    for part in parts[1:]:
        name, _, tail = part.partition(">")
        text += str(built(name)) + tail
    file = folder / "spin.toml"
    file.write_text(f'spin_manifest_version = 2\napplication.name = "test"\n{text}', "utf-8")
    return file


def address(url: str) -> tuple[str, int]:
    """Host and port of `http://host:port`."""
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def exchange(url: str, sent: bytes, *, timeout: float = 20) -> bytes:
    """Send bytes over a connection of its own, and nothing more; what comes back until the server closes it."""
    with socket.create_connection(address(url), timeout=timeout) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        return until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    """All that the other side says until it closes."""
    received = b""
    while part := connection.recv(1 << 16):
        received += part
    return received
