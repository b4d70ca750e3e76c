"""A store of each provider on its server, made as a test wants it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from atoll.capabilities.key_value.providers.aws_dynamo import AwsDynamo, AwsDynamoConfig
from atoll.capabilities.key_value.providers.azure_cosmos import AzureCosmos, AzureCosmosConfig
from atoll.capabilities.key_value.providers.nats import Nats, NatsConfig
from atoll.capabilities.key_value.providers.postgres import Postgres, PostgresConfig
from atoll.capabilities.key_value.providers.redis import Redis, RedisConfig
from atoll.capabilities.provider import Place
from tests.servers import moto, postgres
from tests.servers.cosmos import KEY, Cosmos
from tests.servers.dynamodb import DynamoDb
from tests.servers.running import Running

PASSWORD = "password-of-the-test"
PLACE = Place(label="default", config=Path(), state=Path(".spin"))


@dataclass(frozen=True)
class Backed:
    """A provider and its server. `make` takes port, secret and further keys of the configuration."""

    name: str
    server: Running
    make: Callable[..., Any]
    keeps: bool
    """Whether what it acknowledged is there after a crash; servers that keep it in memory say no."""
    secret: str
    prepare: Callable[[], None] = lambda: None

    def store(self, *, port: int | None = None, secret: str | None = None, **keys: Any) -> Any:
        """A store that gives up after a second and a half, unless told otherwise."""
        keys = {"timeout": "1500ms", "connect_timeout": "1s"} | keys
        return self.make(port or self.server.port, secret or self.secret, **keys)

    def restart(self) -> None:
        """Bring the server back, with an empty table if it keeps none."""
        self.server.start()
        self.prepare()


def redis(server: Running) -> Backed:
    def make(port: int, secret: str, **keys: Any) -> Redis:
        return Redis(RedisConfig(url=f"redis://:{secret}@127.0.0.1:{port}/0", **keys), PLACE)

    return Backed("Redis", server, make, keeps=True, secret=PASSWORD)


def postgresql(server: Running) -> Backed:
    def make(port: int, secret: str, **keys: Any) -> Postgres:
        url = f"postgres://postgres:{secret}@127.0.0.1:{port}/postgres"
        return Postgres(PostgresConfig(url=url, **{"table": "store"} | keys), PLACE)

    return Backed("PostgreSQL", server, make, keeps=True, secret=postgres.PASSWORD)


def nats(server: Running) -> Backed:
    def make(port: int, secret: str, **keys: Any) -> Nats:
        return Nats(NatsConfig(url=f"nats://someone:{secret}@127.0.0.1:{port}", bucket="store", **keys), PLACE)

    return Backed("NATS", server, make, keeps=True, secret=PASSWORD)


def dynamo(server: DynamoDb) -> Backed:
    def make(port: int, secret: str, **keys: Any) -> AwsDynamo:
        more: dict[str, Any] = {"table": "store", "consistent_read": True} | keys
        endpoint, access_key = f"http://127.0.0.1:{port}", moto.ACCESS_KEY
        config = AwsDynamoConfig(
            region=moto.REGION, endpoint=endpoint, access_key=access_key, secret_key=secret, **more
        )
        return AwsDynamo(config, PLACE)

    backed = Backed("DynamoDB", server, make, keeps=False, secret=moto.SECRET_KEY)
    return replace(backed, prepare=lambda: server.make_table("store"))


def cosmos(server: Cosmos) -> Backed:
    def make(port: int, secret: str, **keys: Any) -> AzureCosmos:
        more: dict[str, Any] = {"database": "things", "container": "store"} | keys
        config = AzureCosmosConfig(account="account", key=secret, endpoint=f"http://127.0.0.1:{port}/", **more)
        return AzureCosmos(config, PLACE)

    return Backed("Cosmos DB", server, make, keeps=False, secret=KEY)
