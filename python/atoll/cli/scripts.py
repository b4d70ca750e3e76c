"""What `--sqlite` runs on databases before the app is served."""

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from inspect import isawaitable
from typing import Any

from atoll.capabilities import registry
from atoll.capabilities.provider import close
from atoll.cli.script import Script
from atoll.errors import UserError
from atoll.runtime.backends import Backends


def run_all(behind: Backends, scripts: Iterable[Script]) -> None:
    """Run them in their order. Raises UserError: `label-unknown` where there is no such database, `provider-failed`."""
    for script in scripts:
        database = behind.rooms.sqlite.get(script.label)
        if database is None:
            known = ", ".join(f"`{label}`" for label in behind.rooms.sqlite)
            raise UserError(
                "label-unknown",
                f"the SQLite database `{script.label}` of --sqlite is not configured",
                f"configure it in the runtime config file, or name one of: {known}",
            )
        try:
            if database.path is not None:
                _on_file(database.path, script.statements)
            else:
                asyncio.run(_on_provider(registry.make(behind.providers["sqlite"][script.label]), script.statements))
        except Exception as error:
            message = f"{script.source} cannot be run on the database `{script.label}`: {error}"
            raise UserError("provider-failed", message) from error


def _on_file(path: str, statements: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        # As guests find it.
        database.execute("PRAGMA foreign_keys = 1")
        database.executescript(statements)


async def _on_provider(database: Any, statements: str) -> None:
    try:
        connection = await _settled(database.open())
        try:
            await _settled(connection.run_script(statements))
        finally:
            await _settled(connection.close())
    finally:
        await close(database)


async def _settled(answer: Any) -> Any:
    return await answer if isawaitable(answer) else answer
