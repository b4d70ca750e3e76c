"""What is particular to DynamoDB: how items are laid out, what AWS answers, and writes whose answer is lost."""

import base64
import json

import pytest

from atoll.capabilities.key_value import Other
from atoll.capabilities.key_value.providers.aws_dynamo import AwsDynamo, AwsDynamoConfig
from tests.capabilities.key_value import stores
from tests.capabilities.key_value.running import on_a_loop, opened
from tests.capabilities.key_value.stores import PLACE
from tests.servers.dynamodb import DynamoDb
from tests.servers.served import Asked, Said, served

pytestmark = pytest.mark.slow


@on_a_loop
async def test_items_are_laid_out_as_spin_does(dynamodb_server: DynamoDb) -> None:
    async with opened(stores.dynamo(dynamodb_server).store(timeout="20s")) as store:
        await store.set("key", b"\xff")
        await store.increment("counter", 42)
        item = {"PK": {"S": "of spin"}, "VAL": {"B": base64.b64encode(b"5").decode()}, "VER": {"N": "3"}}
        dynamodb_server.call("PutItem", TableName="store", Item=item)
        assert await store.increment("of spin", 1) == 6
    found = dynamodb_server.call("Scan", TableName="store").json()["Items"]
    assert {"PK": {"S": "key"}, "VAL": {"B": base64.b64encode(b"\xff").decode()}} in found
    assert {"PK": {"S": "counter"}, "VAL": {"B": base64.b64encode(b"42").decode()}} in found


@on_a_loop
async def test_an_item_over_400_kb_is_refused_with_the_limit(dynamodb_server: DynamoDb) -> None:
    async with opened(stores.dynamo(dynamodb_server).store(timeout="20s")) as store:
        # moto counts the value's base64, so the largest item that AWS takes cannot be tried.
        fits, most = 290_000, 400 * 1024 - len("PKVALkey")
        await store.set("key", b"x" * fits)
        for call in (
            store.set("key", b"x" * (most + 1)),
            store.set_many([("key", b"x" * (most + 1))]),
            store.swap("key", b"x" * fits, b"x" * (most + 1)),
        ):
            with pytest.raises(Other, match="400 KB"):
                await call
        assert await store.get("key") == b"x" * fits


@on_a_loop
async def test_a_table_that_is_not_there_is_told(dynamodb_server: DynamoDb) -> None:
    async with opened(stores.dynamo(dynamodb_server).store(table="absent", timeout="20s")) as store:
        with pytest.raises(Other, match="refused the call"):
            await store.get("key")


def failing(port: int) -> AwsDynamo:
    config = AwsDynamoConfig(
        region="eu-central-1",
        table="store",
        access_key="access",
        secret_key="s3cret",
        endpoint=f"http://127.0.0.1:{port}",
    )
    return AwsDynamo(config, PLACE)


def error(code: str, message: str = "") -> Said:
    return Said(400, json.dumps({"__type": f"com.amazonaws.dynamodb#{code}", "message": message}).encode())


@pytest.mark.parametrize("code", ["UnrecognizedClientException", "AccessDeniedException", "InvalidSignatureException"])
@on_a_loop
async def test_refused_credentials_are_told_without_whose_they_are(code: str) -> None:
    with served(lambda asked: error(code, "User: arn:aws:iam::1234:user/someone s3cret")) as server:
        async with opened(failing(server.port)) as store:
            with pytest.raises(Other, match="refused the credentials") as refused:
                await store.get("key")
    assert "1234" not in str(refused.value) and "s3cret" not in str(refused.value)


@on_a_loop
async def test_an_increment_whose_answer_was_lost_is_not_done_again() -> None:
    writes = 0

    def answer(asked: Asked) -> Said:
        nonlocal writes
        if asked.headers["x-amz-target"].endswith("GetItem"):
            return Said(200, {})
        writes += 1
        # The first write happens, its answer does not arrive; the client library sends it again.
        return Said(500, {}) if writes == 1 else error("ConditionalCheckFailedException")

    with served(answer) as server:
        async with opened(failing(server.port)) as store:
            with pytest.raises(Other, match="may have happened"):
                await store.increment("counter", 1)
    assert writes == 2
