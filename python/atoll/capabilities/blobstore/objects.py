"""What the services of objects share, through obstore: reads by ranges, uploads in parts, one way to fail."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from atoll.capabilities import remote
from atoll.capabilities.blobstore.provider import (
    PAGE,
    PORTION,
    NoSuchObject,
    Object,
    Other,
    bounds,
    check_name,
)
from atoll.manifest.fields import Doc

try:
    import obstore
    from obstore import exceptions
    from obstore import store as stores
except ImportError as missing:
    raise ImportError("this container needs its client: pip install 'atoll[blobstore]'") from missing

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

__all__ = ["Backend", "ObjectUpload", "Objects", "Remote", "explain", "stores"]

_RANGE = 2 << 20
"""Bytes that are asked for at once: what a read holds at most."""

_PART = 8 << 20
"""Bytes of a part of an upload; smaller objects are sent as one. Services take 10,000 parts."""

_PARTS_AT_ONCE = 2
_AT_ONCE = 16

_MISSING = (exceptions.NotFoundError, FileNotFoundError)


class Remote(remote.Remote, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys that every service has beside its own."""

    prefix: Annotated[str | None, Doc("What all names in the service begin with; guests do not see it.")] = None
    endpoint: Annotated[
        str | None, Doc("The URL of a server in the place of the service's own; Azure's has the account in it.")
    ] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prefix is not None:
            try:
                check_name(self.prefix.removesuffix("/"))
            except Other as refused:
                raise ValueError(f"`prefix` must be like the name of an object: {refused}") from None
        if self.endpoint is not None:
            remote.check_address("endpoint", self.endpoint, "http", "https")

    def store(self, service: "Callable[..., ObjectStore]", bucket: str, given: dict[str, str | None]) -> "ObjectStore":
        """The client of a bucket, with those of the service's own options that are given."""
        return service(
            bucket,
            prefix=self.prefix,
            config={key: value for key, value in given.items() if value is not None},
            client_options=self._client(),
            retry_config=self._retries(),
        )

    def _client(self) -> "ClientConfig":
        """How requests are made."""
        return {
            "connect_timeout": timedelta(seconds=self.connect_seconds),
            "timeout": timedelta(seconds=self.seconds),
            "allow_http": self.endpoint is not None and self.endpoint.startswith("http:"),
        }

    def _retries(self) -> "RetryConfig":
        """A request that failed is sent once more, within the timeout."""
        return {"max_retries": 1, "retry_timeout": timedelta(seconds=self.seconds)}


class Backend(remote.SingleCase):
    """Fails in this room's words."""

    failed = Other


class Objects:
    """A container in a service: part of a bucket, or all of it."""

    def __init__(self, store: "ObjectStore", backend: Backend) -> None:
        self._store = store
        self._call = backend.call

    async def created_at(self) -> int:
        """Services do not tell."""
        return 0

    async def info(self, name: str) -> Object | None:
        """HEAD."""
        check_name(name)
        async with self._call():
            meta = await self._head(name)
            return meta and Object(meta["size"], int(meta["last_modified"].timestamp()))

    async def read(self, name: str, start: int, end: int) -> tuple[int, AsyncIterator[bytes]] | None:
        """HEAD, and then ranges of that very version of the object."""
        check_name(name)
        async with self._call():
            meta = await self._head(name)
            if meta is None:
                return None
            begin, stop = bounds(meta["size"], start, end)
            return stop - begin, self._portions(name, meta["e_tag"], begin, stop)

    async def write(self, name: str) -> "ObjectUpload":
        """Nothing is sent yet."""
        return ObjectUpload(self._store, check_name(name), self._call)

    async def names(self) -> AsyncIterator[list[str]]:
        """A listing, page by page; names that no guest could ask for are left out."""
        pages = obstore.list(self._store, chunk_size=PAGE)
        while True:
            async with self._call():
                found = await anext(pages, None)
            if found is None:
                return
            if page := [meta["path"] for meta in found if _is_name(meta["path"])]:
                yield page

    async def delete(self, names: list[str]) -> None:
        """In bulk where the service can."""
        checked = [check_name(name) for name in names]
        if not checked:
            return
        async with self._call():
            try:
                await obstore.delete_async(self._store, checked)
            except (*_MISSING, exceptions.GenericError):
                # It may have a name that is not there, or the service may not take so many at once.
                await remote.each(self._delete, checked, _AT_ONCE)

    async def copy(self, source: str, destination: str) -> None:
        """A copy that the service makes."""
        async with self._call():
            await self._between(obstore.copy_async, source, destination)

    async def rename(self, source: str, destination: str) -> None:
        """A copy, and the deletion of what was copied."""
        async with self._call():
            await self._between(obstore.rename_async, source, destination)

    async def _between(self, do: Any, source: str, destination: str) -> None:
        if source == destination:
            # Services refuse to copy an object onto itself.
            if await self._head(check_name(source)) is None:
                raise NoSuchObject(source)
            return
        try:
            await do(self._store, check_name(source), check_name(destination))
        except _MISSING as error:
            raise NoSuchObject(source) from error

    async def _delete(self, name: str) -> None:
        with suppress(*_MISSING):
            await obstore.delete_async(self._store, name)

    async def _head(self, name: str) -> Any:
        with suppress(*_MISSING):
            return await obstore.head_async(self._store, name)
        return None

    async def _portions(self, name: str, version: str | None, start: int, stop: int) -> AsyncIterator[bytes]:
        while start < stop:
            until = min(start + _RANGE, stop)
            async with self._call():
                got = await obstore.get_async(self._store, name, options={"range": (start, until), "if_match": version})
                part = memoryview(await got.bytes_async())
            if len(part) != until - start:
                raise Other("the object became shorter while it was read")
            for position in range(0, len(part), PORTION):
                yield bytes(part[position : position + PORTION])
            start = until


class _Aborted(Exception):
    """Ends an upload so that the service forgets its parts."""


class ObjectUpload:
    """One request for a small object; of a larger one the parts are sent while the guest writes."""

    def __init__(self, store: "ObjectStore", name: str, call: Any) -> None:
        self._store = store
        self._name = name
        self._call = call
        self._held = bytearray()
        self._parts: asyncio.Queue[bytes | _Aborted | None] = asyncio.Queue(1)
        self._sending: asyncio.Task[Any] | None = None

    async def write(self, portion: bytes) -> None:
        """Hold it, or hand it over to the parts that are sent."""
        async with self._call():
            if self._sending is not None:
                await self._hand_over(portion)
                return
            self._held += portion
            if len(self._held) >= _PART:
                self._sending = asyncio.create_task(self._send())
                await self._hand_over(bytes(self._held))
                self._held = bytearray()

    async def finish(self) -> None:
        """Send what is held, or wait for the last parts."""
        async with self._call():
            if self._sending is None:
                await obstore.put_async(self._store, self._name, bytes(self._held), use_multipart=False)
                return
            await self._hand_over(None)
            await self._sending

    async def close(self) -> None:
        """Let the service forget the parts of what was not finished."""
        if self._sending is None:
            return
        if self._sending.done():
            # What it failed with was told, or nobody asks any more.
            _ = self._sending.cancelled() or self._sending.exception()
            return
        while not self._parts.empty():
            self._parts.get_nowait()
        self._parts.put_nowait(_Aborted())
        with suppress(Exception):
            await self._sending

    async def _send(self) -> None:
        await obstore.put_async(
            self._store, self._name, self._taken(), chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE
        )

    async def _taken(self) -> AsyncIterator[bytes]:
        while (part := await self._parts.get()) is not None:
            if isinstance(part, _Aborted):
                raise part
            yield part

    async def _hand_over(self, part: bytes | None) -> None:
        """Wait until the part is taken, or the upload has failed."""
        assert self._sending is not None
        putting = asyncio.ensure_future(self._parts.put(part))
        try:
            await asyncio.wait({putting, self._sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            putting.cancel()
        if self._sending.done():
            self._sending.result()


def _is_name(name: str) -> bool:
    try:
        check_name(name)
    except Other:
        return False
    return True


def explain(error: Exception) -> str | None:
    """What an exception of the client means, as the rest of a sentence that begins with the service's name."""
    match error:
        case exceptions.UnauthenticatedError() | exceptions.PermissionDeniedError():
            return "refused the credentials"
        case exceptions.NotFoundError() | FileNotFoundError():
            return "has no such bucket or object"
        case exceptions.PreconditionError():
            return "has another object of this name by now"
        case exceptions.BaseError():
            return "cannot be reached, or refused the call"
    return None
