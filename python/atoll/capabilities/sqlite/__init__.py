"""SQLite databases: `fermyon:spin/sqlite` and `spin:sqlite` (see README.md in this folder)."""

from atoll.capabilities.sqlite.provider import (
    AccessDenied,
    Connection,
    Database,
    DatabaseFull,
    InvalidConnection,
    Io,
    NoSuchDatabase,
    Reply,
    Rows,
    Value,
)

__all__ = [
    "PROVIDERS",
    "AccessDenied",
    "Connection",
    "Database",
    "DatabaseFull",
    "InvalidConnection",
    "Io",
    "NoSuchDatabase",
    "Reply",
    "Rows",
    "Value",
]

PROVIDERS: dict[str, str] = {"libsql": "atoll.capabilities.sqlite.providers.libsql:Libsql"}
"""The `type` of each provider written in Python, and where it is; what it needs is imported with it."""
