"""NATS: one bucket of JetStream's key-value store a store, made if there is none."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, NamedTuple

from msgspec import Struct, json

from atoll.capabilities.key_value.counting import Counters
from atoll.capabilities.key_value.provider import Other
from atoll.capabilities.key_value.providers.nats_keys import decoded, encoded
from atoll.capabilities.key_value.remote import PAGE, Backend, Opened, Remote, each
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc

try:
    from nats.errors import Error, NoRespondersError
    from nats.js import errors as js
    from nats.js.kv import KeyValue

    from atoll.capabilities.nats_client import Connection, Url, check_url, lost
except ImportError as missing:
    raise ImportError("the key-value store `nats` needs its client: pip install 'atoll[nats]'") from missing

_AT_ONCE = 32
_PATIENCE = 1.0
"""Seconds for a key that should still come: somebody else may have purged it."""
_HEADERS = 128
"""What is kept free of the largest message for the headers of a conditional write."""


class NatsConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "nats"`."""

    url: Url
    bucket: Annotated[str, Doc("The bucket; it is made, with one version a key, if there is none.")]

    def __post_init__(self) -> None:
        super().__post_init__()
        check_url(self.url)
        if re.fullmatch(r"[A-Za-z0-9_-]+", self.bucket) is None:
            raise ValueError("`bucket` must be letters, digits, `_` and `-`")


class _State(Struct, frozen=True):
    num_subjects: int = 0


class _Info(Struct, frozen=True):
    """What the server tells of a stream, as far as it is of use here."""

    state: _State = _State()


class _Bucket(NamedTuple):
    connection: Connection
    entries: KeyValue
    config: NatsConfig

    async def read(self, key: str) -> tuple[bytes | None, int]:
        """The value and its revision; the revision is 0 for a key that is absent."""
        try:
            entry = await self.entries.get(encoded(key))
        except js.KeyNotFoundError:
            return None, 0
        return entry.value or b"", entry.revision or 0

    async def write(self, key: str, revision: int, value: bytes) -> bool:
        """Whether the value was put in the place of this revision."""
        self._check(value)
        try:
            if revision:
                await self.entries.update(encoded(key), value, last=revision)
            else:
                await self.entries.create(encoded(key), value)
        except js.KeyWrongLastSequenceError:
            return False
        return True

    async def put(self, item: tuple[str, bytes]) -> None:
        """Put a value in the place of any other."""
        key, value = item
        self._check(value)
        await self.entries.put(encoded(key), value)

    async def subjects(self) -> int:
        """How many keys it has, with those that have a marker. The client's own account leaves that out."""
        told = await self.connection.client.request(
            f"$JS.API.STREAM.INFO.KV_{self.config.bucket}", timeout=self.config.seconds
        )
        return json.decode(told.data, type=_Info).state.num_subjects

    async def remove(self, key: str) -> None:
        """Put a marker in the key's place, which stays: NATS has no other way."""
        await self.entries.delete(encoded(key))

    def _check(self, value: bytes) -> None:
        if len(value) > (most := self.connection.client.max_payload - _HEADERS):
            raise Other(f"NATS takes values up to {most} bytes here (its `max_payload`); this one has {len(value)}")


async def _entries(watcher: KeyValue.KeyWatcher, left: int) -> AsyncIterator[KeyValue.Entry]:
    """The last entry of each of the bucket's keys. `left` are those that were there when it was asked.

    Right after keys were written the server counts too few that are to come, and says too early that all have come.
    """
    is_said = False
    while not is_said or left > 0:
        try:
            entry = await (asyncio.wait_for(anext(watcher), _PATIENCE) if is_said else anext(watcher))
        except TimeoutError:
            return
        if entry is None:
            is_said = True
        else:
            left -= 1
            yield entry


class Nats:
    """A store in one bucket. One connection serves all calls, so `max_connections` has no effect."""

    Config: ClassVar[type[Struct]] = NatsConfig

    def __init__(self, config: NatsConfig, place: Place) -> None:
        self._config = config
        self._call = Backend("NATS", config, _explain).call
        self._bucket = Opened(self._open, lambda bucket: not bucket.connection.client.is_closed)
        self._counters = Counters()

    async def get(self, key: str) -> bytes | None:
        """The last message of the key's subject."""
        async with self._used() as bucket:
            return (await bucket.read(key))[0]

    async def set(self, key: str, value: bytes) -> None:
        """A message to the key's subject, acknowledged by the stream."""
        async with self._used() as bucket:
            await bucket.put((key, value))

    async def delete(self, key: str) -> None:
        """A marker in the key's place."""
        async with self._used() as bucket:
            await bucket.remove(key)

    async def exists(self, key: str) -> bool:
        """As `get`."""
        return await self.get(key) is not None

    async def keys(self) -> AsyncIterator[list[str]]:
        """As the bucket was when the listing began; keys that no text encodes to are left out."""
        async with self._used() as bucket:
            left = await bucket.subjects()
            watcher = await bucket.entries.watchall(meta_only=True)
            entries = _entries(watcher, left)
        try:
            more = True
            while more:
                page: list[str] = []
                async with self._call(), bucket.connection.used():
                    while len(page) < PAGE and (more := (entry := await anext(entries, None)) is not None):
                        if entry.operation is None and (key := decoded(entry.key)) is not None:
                            page.append(key)
                if page:
                    yield page
        finally:
            async with self._call():
                await watcher.stop()  # type: ignore[no-untyped-call]

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """One request each, many at once."""
        async with self._used() as bucket:
            wanted = list(dict.fromkeys(keys))
            found = dict(zip(wanted, await each(bucket.read, wanted, _AT_ONCE), strict=True))
        return [found[key][0] for key in keys]

    async def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """One message each, many at once."""
        async with self._used() as bucket:
            await each(bucket.put, dict(items).items(), _AT_ONCE)

    async def delete_many(self, keys: list[str]) -> None:
        """One marker each, many at once."""
        async with self._used() as bucket:
            await each(bucket.remove, dict.fromkeys(keys), _AT_ONCE)

    async def increment(self, key: str, delta: int) -> int:
        """Read and write until nobody else wrote in between."""
        async with self._used() as bucket:
            return await self._counters.increment(
                key, lambda: bucket.read(key), lambda revision, total: bucket.write(key, revision, b"%d" % total), delta
            )

    async def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """A write on the condition that the revision is the one that had the expected value."""
        async with self._used() as bucket:
            found, revision = await bucket.read(key)
            return found == expected and await bucket.write(key, revision, value)

    async def close(self) -> None:
        """Close the connection."""
        if self._bucket.current is not None:
            await self._bucket.current.connection.client.close()

    @asynccontextmanager
    async def _used(self) -> AsyncIterator[_Bucket]:
        """The bucket, around one operation: it fails as soon as the connection ends."""
        async with self._call():
            bucket = await self._bucket.get()
            async with bucket.connection.used():
                yield bucket

    async def _open(self) -> _Bucket:
        connection = Connection()
        await connection.open(self._config.url, self._config)
        try:
            async with connection.used() as client:
                stream = client.jetstream(timeout=self._config.seconds)
                try:
                    entries = await stream.key_value(self._config.bucket)
                except js.BucketNotFoundError:
                    entries = await stream.create_key_value(bucket=self._config.bucket)
        except BaseException:
            await connection.client.close()
            raise
        return _Bucket(connection, entries, self._config)


def _explain(error: Exception) -> str | None:
    if (unreachable := lost(error)) is not None:
        return unreachable
    match error:
        case TimeoutError():
            return None
        case js.ServiceUnavailableError() | NoRespondersError() | js.NoStreamResponseError():
            return "has no JetStream that answers (is it on, and is the bucket there?)"
        case js.APIError():
            return f"refused the call: {error.description}"
        case Error():
            return f"refused the call: {error}"
    return None
