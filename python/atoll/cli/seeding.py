"""What `--key-value` puts into the default store before the app is served."""

import asyncio
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from inspect import isawaitable
from typing import Any

from atoll.capabilities import registry
from atoll.capabilities.provider import close
from atoll.errors import UserError
from atoll.runtime.backends import DEFAULT, Backends

# As in `crates/capabilities/src/key_value/sqlite.rs`.
_TABLE = """CREATE TABLE IF NOT EXISTS spin_key_value (
    store TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key)
)"""
_SET = "INSERT OR REPLACE INTO spin_key_value (store, key, value) VALUES (?, ?, ?)"


def seed(behind: Backends, items: Mapping[str, str]) -> None:
    """Set these keys in the default store, whoever keeps it. Raises UserError `provider-failed`."""
    pairs = [(key, value.encode()) for key, value in items.items()]
    path = behind.rooms.key_value[DEFAULT].path
    try:
        if path is not None:
            _into_file(path, pairs)
        else:
            asyncio.run(_into_provider(registry.make(behind.providers["key_value"][DEFAULT]), pairs))
    except Exception as error:
        message = f"the keys of --key-value cannot be set in the store `{DEFAULT}`: {error}"
        raise UserError("provider-failed", message) from error


def _into_file(path: str, pairs: Iterable[tuple[str, bytes]]) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_TABLE)
        database.executemany(_SET, [(DEFAULT, *pair) for pair in pairs])


async def _into_provider(store: Any, pairs: list[tuple[str, bytes]]) -> None:
    done = store.set_many(pairs)
    if isawaitable(done):
        await done
    await close(store)
