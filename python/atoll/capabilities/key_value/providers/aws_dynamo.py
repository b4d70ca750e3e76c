"""Amazon DynamoDB: one table a store, with items as Spin lays them out: `PK` the key, `VAL` the value, as binary."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from random import random
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Struct

from atoll.capabilities.key_value.counting import Counters
from atoll.capabilities.key_value.provider import Other
from atoll.capabilities.key_value.remote import Backend, Opened, Remote, check_address
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Doc

try:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session
    from botocore import exceptions
except ImportError as missing:
    raise ImportError("the key-value store `aws_dynamo` needs its client: pip install 'atoll[aws]'") from missing

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb.client import DynamoDBClient

_ITEM = 400 * 1024
"""The largest item: the names of its attributes, the key and the value together."""
_READ_AT_ONCE, _WRITTEN_AT_ONCE = 100, 25
_CREDENTIALS = {
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}


class AwsDynamoConfig(Remote, frozen=True, kw_only=True):
    """The keys beside `type = "aws_dynamo"`."""

    region: Annotated[str, Doc("The AWS region, such as `eu-central-1`.")]
    table: Annotated[str, Doc("The table; its partition key is the text `PK`, and it has no sort key.")]
    access_key: Annotated[str | None, Doc("The access key; without it, what AWS's tools find by themselves.")] = None
    secret_key: Annotated[str | None, Doc("The secret that belongs to `access_key`.")] = None
    token: Annotated[str | None, Doc("The session token of temporary credentials.")] = None
    consistent_read: Annotated[bool, Doc("Whether reads see all writes before them, at twice the price.")] = False
    endpoint: Annotated[str | None, Doc("The URL of a server in the place of AWS's.")] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("`access_key` and `secret_key` go together")
        if self.endpoint is not None:
            check_address("endpoint", self.endpoint, "http", "https")


class AwsDynamo:
    """A store in one table."""

    Config: ClassVar[type[Struct]] = AwsDynamoConfig

    def __init__(self, config: AwsDynamoConfig, place: Place) -> None:
        self._config = config
        self._call = Backend("DynamoDB", config, _explain).call
        self._stack = AsyncExitStack()
        self._client = Opened(self._open)
        self._counters = Counters()

    async def get(self, key: str) -> bytes | None:
        """GetItem; an item of others that has no `VAL` counts as absent."""
        async with self._call():
            return await self._read(key, consistent=self._config.consistent_read)

    async def set(self, key: str, value: bytes) -> None:
        """PutItem."""
        async with self._call():
            await (await self._client.get()).put_item(TableName=self._config.table, Item=_item(key, value))

    async def delete(self, key: str) -> None:
        """DeleteItem."""
        async with self._call():
            await (await self._client.get()).delete_item(TableName=self._config.table, Key={"PK": {"S": key}})

    async def exists(self, key: str) -> bool:
        """GetItem, of which only the key is sent; DynamoDB charges for the whole item."""
        async with self._call():
            found = await (await self._client.get()).get_item(
                TableName=self._config.table,
                Key={"PK": {"S": key}},
                ProjectionExpression="PK",
                ConsistentRead=self._config.consistent_read,
            )
        return "Item" in found

    async def keys(self) -> AsyncIterator[list[str]]:
        """Scan, which reads the values too: a page is the keys of 1 MB of items."""
        start: dict[str, Any] = {}
        while True:
            async with self._call():
                found = await (await self._client.get()).scan(
                    TableName=self._config.table,
                    ProjectionExpression="PK",
                    ConsistentRead=self._config.consistent_read,
                    **start,
                )
            if page := [item["PK"]["S"] for item in found["Items"]]:
                yield page
            if not found.get("LastEvaluatedKey"):
                return
            start = {"ExclusiveStartKey": found["LastEvaluatedKey"]}

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """BatchGetItem, a hundred keys a request."""
        found: dict[str, bytes] = {}
        async with self._call():
            for some in _parts(dict.fromkeys(keys), _READ_AT_ONCE):
                await self._read_part(some, found)
        return [found.get(key) for key in keys]

    async def set_many(self, items: list[tuple[str, bytes]]) -> None:
        """BatchWriteItem, 25 items a request."""
        await self._write_all({"PutRequest": {"Item": _item(key, value)}} for key, value in dict(items).items())

    async def delete_many(self, keys: list[str]) -> None:
        """BatchWriteItem, 25 keys a request."""
        await self._write_all({"DeleteRequest": {"Key": {"PK": {"S": key}}}} for key in dict.fromkeys(keys))

    async def increment(self, key: str, delta: int) -> int:
        """Read and write until nobody else wrote in between."""

        async def read() -> tuple[bytes | None, bytes | None]:
            value = await self._read(key, consistent=True)
            return value, value

        async with self._call():
            return await self._counters.increment(
                key, read, lambda old, total: self._swap(key, old, b"%d" % total), delta
            )

    async def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """PutItem on the condition that `VAL` is as expected."""
        async with self._call():
            return await self._swap(key, expected, value)

    async def close(self) -> None:
        """Close all connections."""
        await self._stack.aclose()

    async def _read(self, key: str, *, consistent: bool) -> bytes | None:
        found = await (await self._client.get()).get_item(
            TableName=self._config.table, Key={"PK": {"S": key}}, ProjectionExpression="VAL", ConsistentRead=consistent
        )
        return _value(found.get("Item", {}))

    async def _swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(VAL)"}
        if expected is not None:
            condition = {
                "ConditionExpression": "VAL = :expected",
                "ExpressionAttributeValues": {":expected": {"B": expected}},
            }
        client = await self._client.get()
        try:
            await client.put_item(TableName=self._config.table, Item=_item(key, value), **condition)
        except client.exceptions.ConditionalCheckFailedException as error:
            if error.response["ResponseMetadata"].get("RetryAttempts"):
                # The first try may have been the write that the second one met: told so, nobody counts twice.
                raise Other("DynamoDB lost an answer: the write may have happened") from error
            return False
        return True

    async def _read_part(self, keys: list[str], found: dict[str, bytes]) -> None:
        wanted: Any = [{"PK": {"S": key}} for key in keys]
        while wanted:
            request: Any = {
                "Keys": wanted,
                "ProjectionExpression": "PK, VAL",
                "ConsistentRead": self._config.consistent_read,
            }
            answer = await (await self._client.get()).batch_get_item(RequestItems={self._config.table: request})
            for item in answer["Responses"].get(self._config.table, []):
                if (value := _value(item)) is not None:
                    found[item["PK"]["S"]] = value
            wanted = answer.get("UnprocessedKeys", {}).get(self._config.table, {"Keys": []})["Keys"]
            await _pause(wanted)

    async def _write_all(self, requests: Iterable[Any]) -> None:
        async with self._call():
            for some in _parts(requests, _WRITTEN_AT_ONCE):
                wanted: Any = some
                while wanted:
                    client = await self._client.get()
                    answer = await client.batch_write_item(RequestItems={self._config.table: wanted})
                    wanted = answer.get("UnprocessedItems", {}).get(self._config.table)
                    await _pause(wanted)

    async def _open(self) -> "DynamoDBClient":
        config = self._config
        return await self._stack.enter_async_context(
            get_session().create_client(
                "dynamodb",
                region_name=config.region,
                endpoint_url=config.endpoint,
                aws_access_key_id=config.access_key,
                aws_secret_access_key=config.secret_key,
                aws_session_token=config.token,
                config=AioConfig(
                    connect_timeout=config.connect_seconds,
                    read_timeout=config.seconds,
                    max_pool_connections=config.max_connections,
                    retries={"mode": "standard", "total_max_attempts": 3},
                ),
            )
        )


def _item(key: str, value: bytes) -> Any:
    if len("PKVAL") + len(key.encode()) + len(value) > _ITEM:
        raise Other(f"DynamoDB takes items up to 400 KB, the key included; this value has {len(value)} bytes")
    return {"PK": {"S": key}, "VAL": {"B": value}}


def _value(item: Any) -> bytes | None:
    value: bytes | None = item.get("VAL", {}).get("B")
    return value


def _parts(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    every = list(items)
    return (every[start : start + size] for start in range(0, len(every), size))


async def _pause(unfinished: object) -> None:
    """Before the part of a batch that the table's throughput left over; the operation's timeout ends it."""
    if unfinished:
        await asyncio.sleep(0.05 + random() * 0.1)


def _explain(error: Exception) -> str | None:
    match error:
        case exceptions.ClientError() if error.response["Error"].get("Code") in _CREDENTIALS:
            return "refused the credentials or the right to use the table"
        case exceptions.ClientError():
            return f"refused the call: {error.response['Error'].get('Message') or error.response['Error'].get('Code')}"
        case exceptions.NoCredentialsError() | exceptions.PartialCredentialsError():
            return "has no credentials: neither `access_key` and `secret_key` nor what AWS's tools would find"
        case exceptions.ConnectTimeoutError() | exceptions.ReadTimeoutError():
            return "did not answer in time"
        case exceptions.ConnectionError() | exceptions.HTTPClientError():
            return "cannot be reached"
        case exceptions.BotoCoreError() | ValueError():
            return "cannot be asked: `region`, `table` or `endpoint` is not one"
    return None
