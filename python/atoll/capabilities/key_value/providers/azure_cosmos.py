"""Azure Cosmos DB: one container a store, with items as Spin lays them out: `id` the key, `value` an array of bytes."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any, ClassVar

from msgspec import Struct

from atoll.capabilities.key_value.counting import Counters
from atoll.capabilities.key_value.provider import Other
from atoll.capabilities.key_value.remote import PAGE, Backend, Opened, Remote, check_address, each
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc

try:
    import aiohttp
    from azure.core import MatchConditions
    from azure.core.exceptions import AzureError, ClientAuthenticationError
    from azure.core.pipeline.transport import AioHttpTransport
    from azure.cosmos import exceptions
    from azure.cosmos.aio import ContainerProxy, CosmosClient
    from azure.identity.aio import DefaultAzureCredential
except ImportError as missing:
    raise ImportError("the key-value store `azure_cosmos` needs its client: pip install 'atoll[azure]'") from missing

_AT_ONCE = 16
_ILLEGAL = "/\\?#"
_ITEM = 2 * 1024 * 1024
_TOO_LARGE = "takes items up to 2 MB, where a byte of the value takes two to four"
_EXACT = 1 << 53
"""Up to here Cosmos DB keeps a number exactly."""


class AzureCosmosConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "azure_cosmos"`."""

    account: Annotated[str, Doc("The account's name, the first part of its address.")]
    database: Annotated[str, Doc("The database.")]
    container: Annotated[str, Doc("The container; its partition key is `/id`.")]
    key: Annotated[str | None, Doc("The account's key; without it, an identity that Azure's tools find.")] = None
    endpoint: Annotated[str | None, Doc("The URL of a server in the place of Azure's.")] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if re.fullmatch("[a-z0-9-]+", self.account) is None:
            raise ValueError("`account` must be lower-case letters, digits and `-`")
        if self.endpoint is not None:
            check_address("endpoint", self.endpoint, "http", "https")


class AzureCosmos:
    """A store in one container."""

    Config: ClassVar[type[Struct]] = AzureCosmosConfig

    def __init__(self, config: AzureCosmosConfig, place: Place) -> None:
        self._config = config
        self._call = Backend("Cosmos DB", config, _explain).call
        self._stack = AsyncExitStack()
        self._container = Opened(self._open)
        self._counters = Counters()

    async def get(self, key: str) -> bytes | None:
        """A point read."""
        async with self._call():
            return (await self._read(key))[0]

    async def set(self, key: str, value: bytes) -> None:
        """An upsert."""
        async with self._call():
            await self._put((key, value))

    async def delete(self, key: str) -> None:
        """A delete of the item."""
        async with self._call():
            await self._remove(key)

    async def exists(self, key: str) -> bool:
        """As `get`: a point read is cheaper than a query."""
        return await self.get(key) is not None

    async def keys(self) -> AsyncIterator[list[str]]:
        """A query over all partitions, page by page."""
        async with self._call():
            query = (await self._container.get()).query_items("SELECT c.id FROM c", max_item_count=PAGE).by_page()
        while True:
            async with self._call():
                found = await anext(query, None)
                if found is None:
                    return
                page = [item["id"] async for item in found]
            if page:
                yield page

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """One point read each, many at once."""
        async with self._call():
            wanted = list(dict.fromkeys(keys))
            found = dict(zip(wanted, await each(self._read, wanted, _AT_ONCE), strict=True))
        return [found[key][0] for key in keys]

    async def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """One upsert each, many at once."""
        async with self._call():
            await each(self._put, dict(items).items(), _AT_ONCE)

    async def delete_many(self, keys: list[str]) -> None:
        """One delete each, many at once."""
        async with self._call():
            await each(self._remove, dict.fromkeys(keys), _AT_ONCE)

    async def increment(self, key: str, delta: int) -> int:
        """Read and write until nobody else wrote in between; stored as a JSON number, as Spin's counters are."""

        async def write(version: str | None, total: int) -> bool:
            return await self._write(key, version, total if abs(total) <= _EXACT else list(b"%d" % total))

        async with self._call():
            return await self._counters.increment(key, lambda: self._read(key), write, delta)

    async def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """A replacement on the condition that the ETag is that of the item with the expected value."""
        async with self._call():
            found, version = await self._read(key)
            return found == expected and await self._write(key, version, _array(value))

    async def close(self) -> None:
        """Close all connections."""
        await self._stack.aclose()

    async def _read(self, key: str) -> tuple[bytes | None, str | None]:
        """The value and its ETag."""
        container = await self._container.get()
        try:
            item = await container.read_item(_id(key), key)
        except exceptions.CosmosResourceNotFoundError:
            return None, None
        return _bytes(item.get("value")), str(item["_etag"])

    async def _write(self, key: str, version: str | None, value: int | list[int]) -> bool:
        container = await self._container.get()
        item = {"id": _id(key), "value": value}
        try:
            if version is None:
                await container.create_item(item)
            else:
                await container.replace_item(key, item, etag=version, match_condition=MatchConditions.IfNotModified)
        except (
            exceptions.CosmosResourceExistsError,
            exceptions.CosmosResourceNotFoundError,
            exceptions.CosmosAccessConditionFailedError,
        ):
            return False
        return True

    async def _put(self, item: tuple[str, bytes]) -> None:
        key, value = item
        await (await self._container.get()).upsert_item({"id": _id(key), "value": _array(value)})

    async def _remove(self, key: str) -> None:
        container = await self._container.get()
        try:
            await container.delete_item(_id(key), key)
        except exceptions.CosmosResourceNotFoundError:
            return

    async def _open(self) -> ContainerProxy:
        config = self._config
        async with AsyncExitStack() as opening:
            connector = aiohttp.TCPConnector(limit=config.max_connections)
            session = await opening.enter_async_context(aiohttp.ClientSession(connector=connector, trust_env=True))
            credential: Any = config.key or await opening.enter_async_context(DefaultAzureCredential())
            client = await opening.enter_async_context(
                CosmosClient(
                    config.endpoint or f"https://{config.account}.documents.azure.com/",
                    credential,
                    transport=AioHttpTransport(session=session, session_owner=False),
                    connection_timeout=config.connect_seconds,
                    read_timeout=config.seconds,
                )
            )
            container = client.get_database_client(config.database).get_container_client(config.container)
            # After this, what is not found is an item.
            await container.read()
            self._stack = opening.pop_all()
        return container


def _id(key: str) -> str:
    if not key:
        raise Other("Cosmos DB takes no empty keys")
    if any(character in key for character in _ILLEGAL):
        raise Other(f"Key contains an illegal character. Keys must not include any of: {_ILLEGAL}")
    if key.endswith((" ", "\n")):
        raise Other("Cosmos DB takes no keys that end with a space or a new line")
    return key


def _array(value: bytes) -> list[int]:
    if 2 * len(value) > _ITEM:
        raise Other(f"Cosmos DB {_TOO_LARGE}; this one has {len(value)} bytes")
    return list(value)


def _bytes(value: object) -> bytes:
    match value:
        case list():
            return bytes(value)
        case int() | float() if value == int(value):
            return b"%d" % int(value)
    raise Other("Cosmos DB holds an item under this key that no key-value store wrote")


def _explain(error: Exception) -> str | None:
    match error:
        case exceptions.CosmosHttpResponseError(status_code=401 | 403) | ClientAuthenticationError():
            return "refused the key or the identity"
        case exceptions.CosmosHttpResponseError(status_code=413):
            return _TOO_LARGE
        case exceptions.CosmosHttpResponseError(status_code=404):
            return "has no such database or container"
        case exceptions.CosmosHttpResponseError():
            return f"refused the call with status {error.status_code}"
        case AzureError() | aiohttp.ClientError():
            return "cannot be reached"
    return None
