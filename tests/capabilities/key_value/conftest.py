"""The servers, one of each for all tests of a module, and the stores on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.capabilities.provider import Place
from tests.capabilities.key_value import stores
from tests.capabilities.key_value.stores import Backed
from tests.servers.cosmos import Cosmos, cosmos
from tests.servers.dynamodb import DynamoDb, dynamodb
from tests.servers.memcached import Memcached, memcached
from tests.servers.nats import Nats, nats
from tests.servers.postgres import Postgres, postgres
from tests.servers.redis import Redis, redis


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(label="default", config=tmp_path, state=tmp_path / ".spin")


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with redis(tmp_path_factory.mktemp("redis"), "password-of-the-test") as server:
        yield server


@pytest.fixture(scope="module")
def postgres_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def nats_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    with nats(tmp_path_factory.mktemp("nats"), "someone", "password-of-the-test") as server:
        yield server


@pytest.fixture(scope="module")
def dynamodb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DynamoDb]:
    with dynamodb(tmp_path_factory.mktemp("dynamodb")) as server:
        server.make_table("store")
        yield server


@pytest.fixture(scope="module")
def cosmos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cosmos]:
    with cosmos(tmp_path_factory.mktemp("cosmos")) as server:
        yield server


@pytest.fixture(scope="module")
def memcached_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Memcached]:
    with memcached(tmp_path_factory.mktemp("memcached")) as server:
        yield server


@pytest.fixture(params=["redis", "postgresql", "nats", "dynamo", "cosmos"])
def backed(request: pytest.FixtureRequest) -> Backed:
    """Each provider in turn, on its server."""
    servers = {"postgresql": "postgres_server", "dynamo": "dynamodb_server"}
    server = request.getfixturevalue(servers.get(request.param, f"{request.param}_server"))
    made = getattr(stores, request.param)(server)
    assert isinstance(made, Backed)
    return made
