"""Azure Blob Storage as Azurite serves it."""

import asyncio
from collections.abc import Iterator

import pytest

from atoll.capabilities.blobstore import Other
from atoll.capabilities.blobstore.conformance import CHECKS, Check, get, put, run
from atoll.capabilities.blobstore.providers.azure import Azure, AzureConfig
from atoll.capabilities.provider import Place
from tests.servers.azurite import ACCOUNT, KEY, Azurite, azurite


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with azurite(tmp_path_factory.mktemp("azurite")) as server:
        server.make_container("objects")
        yield server


def config(server: Azurite, prefix: str | None = None, key: str = KEY) -> AzureConfig:
    return AzureConfig(account=ACCOUNT, container="objects", key=key, endpoint=server.url, prefix=prefix)


@pytest.mark.parametrize("prefix", [None, "of/one/app/"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_container_of_an_account_conforms(check: Check, prefix: str | None, server: Azurite, place: Place) -> None:
    run(check, lambda: Azure(config(server, prefix), place))


def test_a_wrong_key_is_said_without_it(server: Azurite, place: Place) -> None:
    async def checked() -> None:
        with pytest.raises(Other, match="refused the credentials") as raised:
            await put(Azure(config(server, key="d3Jvbmc="), place), "a", b"1")
        assert "d3Jvbmc=" not in str(raised.value)

    asyncio.run(checked())


def test_a_service_that_was_gone_is_used_again(tmp_path_factory: pytest.TempPathFactory, place: Place) -> None:
    async def checked(server: Azurite) -> None:
        container = Azure(config(server), place)
        await put(container, "a", b"1")
        server.stop()
        with pytest.raises(Other, match="Azure Blob Storage"):
            await get(container, "a")
        server.start()
        server.make_container("objects")
        await put(container, "a", b"2")
        assert await get(container, "a") == b"2"

    with azurite(tmp_path_factory.mktemp("gone")) as server:
        server.make_container("objects")
        asyncio.run(checked(server))
