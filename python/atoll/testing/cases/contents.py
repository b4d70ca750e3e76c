"""What stores, databases, containers and brokers hold before a test, and what they must hold after it."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from atoll.capabilities.messaging.provider import Message
from atoll.capabilities.messaging.providers.memory import MemoryBroker, MemoryConfig
from atoll.capabilities.provider import Place
from atoll.testing.cases import matching
from atoll.testing.cases.model import After, Before, Content, Query, Sent
from atoll.testing.cases.values import content, of_json
from atoll.testing.virtual.sqlite import Database

HELD = {"key-value": "key_value", "blobstore": "blobstore"}
"""Rooms that hold bytes by name: the key of a test file, and the attribute."""

_ROOMS = {**HELD, "sqlite": "sqlite", "messaging": "messaging"}


class Misfit(Exception):
    """What a test gives cannot be given. `path` is the key below `given`."""

    def __init__(self, said: str, *path: str | int) -> None:
        super().__init__(said)
        self.path = path


class Stores(Protocol):
    """What a guest has around it in a test, by room and label."""

    key_value: dict[str, Any]
    sqlite: dict[str, Any]
    blobstore: dict[str, Any]
    messaging: dict[str, Any]


class Broker(MemoryBroker):
    """A broker whose replies a test gives."""

    def __init__(self) -> None:
        super().__init__(MemoryConfig(), Place(label="", config=Path(), state=Path()))

    def renew(self, replies: Mapping[str, bytes]) -> None:
        """Forget everything, and reply to requests of these topics."""
        self.sent.clear()
        self._answering.clear()
        for topics, data in replies.items():
            self.answer(topics, partial(_reply, data))


def _reply(data: bytes, asked: Message) -> Message:
    return replace(asked, data=data)


def labels(given: Before) -> dict[str, list[str]]:
    """The labels for which a test gives contents, by room."""
    return {room: [*getattr(given, room)] for room in _ROOMS.values()}


def fill(stores: Stores, given: Before, folder: Path) -> None:
    """Make what they hold anew: what the test gives, and nothing else. Raises Misfit."""
    for key, room in _ROOMS.items():
        there: dict[str, Any] = getattr(stores, room)
        for label in getattr(given, room):
            if label not in there:
                granted = ", ".join(f"`{name}`" for name in sorted(there)) or "none"
                raise Misfit(f"no component is granted {key} `{label}`; granted: {granted}", key, label)
    for room in HELD.values():
        for label, held in getattr(stores, room).items():
            held.clear()
            held.update(_bytes(getattr(given, room).get(label, {}), folder))
    for label, database in stores.sqlite.items():
        _fill_database(label, database, given.sqlite.get(label, []), folder)
    for label, broker in stores.messaging.items():
        broker.renew(_bytes(given.messaging.get(label, {}), folder))


def differences(stores: Stores, expected: After, folder: Path) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
    """How what they hold differs from what is expected, with the key below `expect`."""
    for key, room in HELD.items():
        for label, keys in getattr(expected, room).items():
            held = getattr(stores, room).get(label)
            if held is None:
                yield (key, label), [f"there is no `{label}`"]
            else:
                for name, said in matching.holds(keys, dict(held), folder):
                    yield ((key, label, name) if name else (key, label)), said
    for label, queries in expected.sqlite.items():
        for index, query in enumerate(queries):
            if said := _rows(stores.sqlite.get(label), query):
                yield ("sqlite", label, index), said
    for label, messages in expected.messaging.items():
        yield from (
            (("messaging", label, *at), said) for at, said in _messages(stores.messaging.get(label), messages, folder)
        )


def _bytes(written: Mapping[str, Content], folder: Path) -> dict[str, bytes]:
    return {name: content(value, folder) for name, value in written.items()}


def _fill_database(label: str, database: Database, scripts: list[Content], folder: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.file.with_name(database.file.name + suffix).unlink(missing_ok=True)
    made = Database(database.file)
    for index, script in enumerate(scripts):
        try:
            made.run(content(script, folder).decode())
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise Misfit(str(error), "sqlite", label, index) from None


def _rows(database: Database | None, query: Query) -> list[str]:
    if database is None:
        return ["there is no such database"]
    try:
        rows = [[*row] for row in database.execute(query.query)]
    except sqlite3.Error as error:
        return [f"`{query.query}`: {error}"]
    found = matching.values(of_json(query.rows), rows)
    return [f"`{query.query}`", *found] if found else []


def _messages(
    broker: Broker | None, expected: list[Sent], folder: Path
) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
    sent: list[Message] = [*broker.sent] if broker is not None else []
    told = ", ".join(f"{message.topic}: {matching.told(message.data)}" for message in sent) or "none"
    if len(sent) != len(expected):
        yield (), [f"expected {len(expected)} messages, got {len(sent)}: {told}"]
        return
    for index, (one, message) in enumerate(zip(expected, sent, strict=True)):
        if message.topic != one.topic:
            yield (index, "topic"), [f"expected the topic {one.topic}, got {message.topic}"]
        if one.body is not None and (said := matching.texts(one.body, message.data, folder)):
            yield (index, "body"), said
