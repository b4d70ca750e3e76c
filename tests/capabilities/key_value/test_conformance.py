"""Each provider passes the suite that is shipped for the authors of others."""

import pytest

from atoll.capabilities.key_value.conformance import CHECKS, Check, run
from atoll.capabilities.key_value.providers.aws_dynamo import AwsDynamo, AwsDynamoConfig
from atoll.capabilities.key_value.providers.azure_cosmos import AzureCosmos, AzureCosmosConfig
from atoll.capabilities.key_value.providers.nats import Nats, NatsConfig
from atoll.capabilities.key_value.providers.postgres import Postgres, PostgresConfig
from atoll.capabilities.key_value.providers.redis import Redis, RedisConfig
from atoll.capabilities.provider import Place
from tests.capabilities.key_value.memory import Memory, MemoryConfig
from tests.servers.cosmos import KEY, Cosmos
from tests.servers.dynamodb import DynamoDb
from tests.servers.moto import ACCESS_KEY, REGION, SECRET_KEY
from tests.servers.nats import Nats as NatsServer
from tests.servers.postgres import Postgres as PostgresServer
from tests.servers.redis import Redis as RedisServer

pytestmark = pytest.mark.slow
every_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)


@every_check
def test_memory_conforms(check: Check, place: Place) -> None:
    run(check, lambda: Memory(MemoryConfig(), place))


@every_check
def test_redis_conforms(check: Check, redis_server: RedisServer, place: Place) -> None:
    run(check, lambda: Redis(RedisConfig(url=redis_server.url), place))


@every_check
def test_postgres_conforms(check: Check, postgres_server: PostgresServer, place: Place) -> None:
    run(check, lambda: Postgres(PostgresConfig(url=postgres_server.url, table="store"), place))


@every_check
def test_nats_conforms(check: Check, nats_server: NatsServer, place: Place) -> None:
    run(check, lambda: Nats(NatsConfig(url=nats_server.url, bucket="store"), place))


@every_check
def test_dynamodb_conforms(check: Check, dynamodb_server: DynamoDb, place: Place) -> None:
    config = AwsDynamoConfig(
        region=REGION,
        table="store",
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        consistent_read=True,
        endpoint=dynamodb_server.url,
    )
    run(check, lambda: AwsDynamo(config, place))


@every_check
def test_cosmos_conforms(check: Check, cosmos_server: Cosmos, place: Place) -> None:
    config = AzureCosmosConfig(
        account="account", database="things", container="store", key=KEY, endpoint=cosmos_server.url
    )
    run(check, lambda: AzureCosmos(config, place))
