"""NATS: one bucket of JetStream's key-value store a store, made if there is none."""

import re
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, NamedTuple

from msgspec import Struct

from atoll.capabilities.key_value.counting import incremented
from atoll.capabilities.key_value.provider import Other
from atoll.capabilities.key_value.providers.nats_keys import decoded, encoded
from atoll.capabilities.key_value.remote import PAGE, Backend, Opened, Remote, check_address, each
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc

try:
    from nats.aio.client import Client
    from nats.errors import (
        AuthorizationError,
        ConnectionClosedError,
        Error,
        NoRespondersError,
        NoServersError,
        UnexpectedEOF,
    )
    from nats.js import errors as js
    from nats.js.kv import KeyValue
except ImportError as missing:
    raise ImportError("the key-value store `nats` needs its client: pip install 'atoll[nats]'") from missing

_AT_ONCE = 32
_HEADERS = 128
"""What is kept free of the largest message for the headers of a conditional write."""


class NatsConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "nats"`."""

    url: Annotated[str, Doc("Where the servers are: nats://user:password@host:port, tls:// with TLS; commas between.")]
    bucket: Annotated[str, Doc("The bucket; it is made, with one version a key, if there is none.")]

    def __post_init__(self) -> None:
        super().__post_init__()
        for part in self.url.split(","):
            check_address("url", part, "nats", "tls")
        if re.fullmatch(r"[A-Za-z0-9_-]+", self.bucket) is None:
            raise ValueError("`bucket` must be letters, digits, `_` and `-`")


class _Bucket(NamedTuple):
    client: Client
    entries: KeyValue


class Nats:
    """A store in one bucket. One connection serves all calls, so `max_connections` has no effect."""

    Config: ClassVar[type[Struct]] = NatsConfig

    def __init__(self, config: NatsConfig, place: Place) -> None:
        self._config = config
        self._call = Backend("NATS", config, _explain).call
        self._bucket = Opened(self._open, lambda bucket: not bucket.client.is_closed)

    async def get(self, key: str) -> bytes | None:
        """The last message of the key's subject."""
        async with self._call():
            return (await self._read(key))[0]

    async def set(self, key: str, value: bytes) -> None:
        """A message to the key's subject, acknowledged by the stream."""
        async with self._call():
            await self._put((key, value))

    async def delete(self, key: str) -> None:
        """A marker in the key's place, which stays: NATS has no other way."""
        async with self._call():
            await self._remove(key)

    async def exists(self, key: str) -> bool:
        """As `get`."""
        return await self.get(key) is not None

    async def keys(self) -> AsyncIterator[list[str]]:
        """As the bucket was when the listing began; keys that no text encodes to are left out."""
        async with self._call():
            entries = (await self._bucket.get()).entries
            watcher = await entries.watchall(ignore_deletes=True, meta_only=True)
        try:
            more = True
            while more:
                page: list[str] = []
                async with self._call():
                    while len(page) < PAGE and (more := (entry := await anext(watcher)) is not None):
                        if (key := decoded(entry.key)) is not None:
                            page.append(key)
                if page:
                    yield page
        finally:
            async with self._call():
                await watcher.stop()  # type: ignore[no-untyped-call]

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """One request each, many at once."""
        async with self._call():
            wanted = list(dict.fromkeys(keys))
            found = dict(zip(wanted, await each(self._read, wanted, _AT_ONCE), strict=True))
        return [found[key][0] for key in keys]

    async def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """One message each, many at once."""
        async with self._call():
            await each(self._put, dict(items).items(), _AT_ONCE)

    async def delete_many(self, keys: list[str]) -> None:
        """One marker each, many at once."""
        async with self._call():
            await each(self._remove, dict.fromkeys(keys), _AT_ONCE)

    async def increment(self, key: str, delta: int) -> int:
        """Read and write until nobody else wrote in between."""
        async with self._call():
            return await incremented(
                lambda: self._read(key), lambda revision, total: self._write(key, revision, b"%d" % total), delta
            )

    async def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """A write on the condition that the revision is the one that had the expected value."""
        async with self._call():
            found, revision = await self._read(key)
            return found == expected and await self._write(key, revision, value)

    async def close(self) -> None:
        """Close the connection."""
        if self._bucket.current is not None:
            await self._bucket.current.client.close()

    async def _read(self, key: str) -> tuple[bytes | None, int]:
        """The value and its revision; the revision is 0 for a key that is absent."""
        try:
            entry = await (await self._bucket.get()).entries.get(encoded(key))
        except js.KeyNotFoundError:
            return None, 0
        return entry.value or b"", entry.revision or 0

    async def _write(self, key: str, revision: int, value: bytes) -> bool:
        entries = await self._entries_for(value)
        try:
            if revision:
                await entries.update(encoded(key), value, last=revision)
            else:
                await entries.create(encoded(key), value)
        except js.KeyWrongLastSequenceError:
            return False
        return True

    async def _put(self, item: tuple[str, bytes]) -> None:
        key, value = item
        await (await self._entries_for(value)).put(encoded(key), value)

    async def _remove(self, key: str) -> None:
        await (await self._bucket.get()).entries.delete(encoded(key))

    async def _entries_for(self, value: bytes) -> KeyValue:
        bucket = await self._bucket.get()
        if len(value) > (most := bucket.client.max_payload - _HEADERS):
            raise Other(f"NATS takes values up to {most} bytes here (its `max_payload`); this one has {len(value)}")
        return bucket.entries

    async def _open(self) -> _Bucket:
        client = Client()
        try:
            await client.connect(
                self._config.url.split(","),
                error_cb=_ignore,
                connect_timeout=self._config.connect_seconds,  # type: ignore[arg-type]
                # A lost connection ends at once, and the next call makes another: none waits for one that is gone.
                allow_reconnect=False,
                ping_interval=10,
            )
            stream = client.jetstream(timeout=self._config.seconds)
            try:
                entries = await stream.key_value(self._config.bucket)
            except js.BucketNotFoundError:
                entries = await stream.create_key_value(bucket=self._config.bucket)
        except BaseException:
            await client.close()
            raise
        return _Bucket(client, entries)


async def _ignore(error: Exception) -> None:
    """Each call tells its own failure."""


def _explain(error: Exception) -> str | None:
    match error:
        case TimeoutError():
            return None
        case AuthorizationError():
            return "refused the user or the password"
        case NoServersError() | ConnectionClosedError() | UnexpectedEOF():
            return "cannot be reached"
        case js.ServiceUnavailableError() | NoRespondersError() | js.NoStreamResponseError():
            return "has no JetStream that answers (is it on, and is the bucket there?)"
        case js.APIError():
            return f"refused the call: {error.description}"
        case Error() if "authorization violation" in str(error).lower():
            return "refused the user or the password"
        case Error():
            return f"refused the call: {error}"
    return None
