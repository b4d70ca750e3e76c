"""Connecting: only to what the address says, with nothing of the host's own — no password file, no client certificate.

`sslmode` as in libpq, except that `require` checks the certificate and the name in it, as Spin does, and so does a
connection whose caller names the authority, whatever its `sslmode`.
"""

import asyncio
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

import certifi
import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from atoll.capabilities.postgres.address import Address
from atoll.capabilities.sql import ConnectionFailed, Other

_NOWHERE = "/nonexistent/atoll"
"""libpq takes a file of its own choice where none is named, and does without one that is not there."""


def check_ca_root(ca_root: str) -> None:
    """Fail unless this is PEM with a certificate."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=ca_root)
    except (ssl.SSLError, ValueError) as error:
        raise Other(f"invalid root certificate: {error}") from None


async def connect(address: Address, ca_root: str | None, ca_file: Path | None, seconds: float) -> AsyncConnection:
    """A new connection, or `ConnectionFailed` within so many seconds."""
    mode = _mode(address.ssl_mode, strict=ca_root is not None)
    with _trusted(mode, ca_root, ca_file) as trusted:
        try:
            async with asyncio.timeout(seconds):
                return await AsyncConnection.connect(_conninfo(address, mode, trusted), autocommit=True)
        except TimeoutError:
            raise ConnectionFailed(f"no connection within {seconds:g} s") from None
        except (psycopg.Error, OSError, UnicodeError) as error:
            raise ConnectionFailed(str(error).strip()) from None


def _mode(asked: str, *, strict: bool) -> str:
    if asked in {"require", "verify-full"} or (strict and asked in {"prefer", "allow"}):
        return "verify-full"
    return asked


def _conninfo(address: Address, mode: str, trusted: str) -> str:
    return make_conninfo(
        **address.passed_on,
        host=",".join(host for host, _ in address.endpoints),
        port=",".join(str(port) for _, port in address.endpoints),
        user=address.user,
        password=address.password,
        dbname=address.database,
        sslmode=mode,
        sslrootcert=trusted,
        sslcertmode="disable",
        passfile=_NOWHERE,
        gssencmode="disable",
        client_encoding="UTF8",
    )


@contextmanager
def _trusted(mode: str, ca_root: str | None, ca_file: Path | None) -> Iterator[str]:
    """A file with the authorities to trust, there while libpq connects."""
    if not mode.startswith("verify"):
        yield _NOWHERE
    elif ca_root is not None:
        with NamedTemporaryFile("w", suffix=".pem", encoding="utf-8") as file:
            file.write(ca_root)
            file.flush()
            yield file.name
    else:
        system = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
        yield str(ca_file or system or certifi.where())
