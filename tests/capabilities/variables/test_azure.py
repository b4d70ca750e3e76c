"""The provider of Azure Key Vault's secrets, with Azure's own client, against the documented API."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from atoll.capabilities.provider import Place
from atoll.capabilities.variables import BackendFailed, Unreachable
from atoll.capabilities.variables.conformance import conforms
from atoll.capabilities.variables.providers.azure_key_vault import AzureKeyVault, AzureKeyVaultConfig
from tests.capabilities.variables.values import CANARY, KNOWN
from tests.servers.azure import CLIENT, SECRET, TENANT, KeyVault

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@asynccontextmanager
async def asking(server: KeyVault, place: Place, **keys: Any) -> AsyncIterator[AzureKeyVault]:
    who = {"client_id": CLIENT, "client_secret": SECRET, "tenant_id": TENANT}
    config = {"vault_url": server.url, "authority_host": server.url, "ca_file": "ca.pem", **who, **keys}
    provider = AzureKeyVault(AzureKeyVaultConfig(**config), place)
    try:
        yield provider
    finally:
        await provider.close()


@pytest.mark.parametrize("cache", [0, 60])
async def test_azure_key_vault_conforms(azure: KeyVault, place: Place, cache: float) -> None:
    async with asking(azure, place, cache=cache) as provider:
        await conforms(provider, KNOWN)


async def test_names_are_asked_for_with_a_hyphen(azure: KeyVault, place: Place) -> None:
    async with asking(azure, place) as provider:
        assert await provider.get("with_1_digit") == KNOWN["with_1_digit"]
    assert azure.reads == ["with-1-digit"]


async def test_a_hundred_at_once_make_one_request(azure: KeyVault, place: Place) -> None:
    async with asking(azure, place) as provider:
        assert await asyncio.gather(*(provider.get("greeting") for _ in range(100))) == ["hello"] * 100
    assert azure.reads == ["greeting"]


async def test_connections_are_shared_and_bounded(azure: KeyVault, place: Place) -> None:
    async with asking(azure, place, cache=0) as provider:
        await asyncio.gather(*(provider.get(f"none_{turn}") for turn in range(60)))
        for _ in range(10):
            await provider.get("greeting")
    assert azure.server.connections <= 8


async def test_the_environment_says_who_asks_where_nobody_is_named(
    azure: KeyVault, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TENANT_ID": TENANT, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    async with asking(azure, place, client_id=None, client_secret=None, tenant_id=None) as provider:
        assert await provider.get("greeting") == "hello"


async def test_a_dead_vault_fails_in_time_and_is_found_again(azure: KeyVault, place: Place) -> None:
    async with asking(azure, place, cache=0, timeout=5) as provider:
        assert await provider.get("greeting") == "hello"
        azure.server.stop()
        begun = time.monotonic()
        with pytest.raises(Unreachable, match="cannot be reached"):
            await provider.get("greeting")
        assert time.monotonic() - begun < 5
        azure.server.start()
        await asyncio.sleep(1)
        assert await provider.get("greeting") == "hello"


async def test_a_wrong_secret_is_told_and_not_shown(
    azure: KeyVault, place: Place, told: pytest.LogCaptureFixture
) -> None:
    async with asking(azure, place, client_secret=CANARY) as provider:
        with pytest.raises(BackendFailed, match="does not accept the credentials") as failed:
            await provider.get("greeting")
    assert (
        CANARY
        not in f"{failed.value!r} {told.text} {AzureKeyVaultConfig(vault_url='https://v', client_secret=CANARY)!r}"
    )


async def test_values_and_tokens_are_not_logged(azure: KeyVault, place: Place, told: pytest.LogCaptureFixture) -> None:
    async with asking(azure, place) as provider:
        assert await provider.get("password") == CANARY
    assert not [secret for secret in (CANARY, SECRET, "access-token") if secret in told.text]


@pytest.mark.parametrize(("status", "error"), [(403, BackendFailed), (500, Unreachable), (429, Unreachable)])
async def test_what_the_vault_refuses_is_told(
    azure: KeyVault, place: Place, status: int, error: type[BackendFailed]
) -> None:
    async with asking(azure, place, cache=0) as provider:
        assert await provider.get("greeting") == "hello"
        azure.status = status
        with pytest.raises(BackendFailed, match=str(status)) as failed:
            await provider.get("greeting")
    assert type(failed.value) is error


async def test_a_vault_of_an_unknown_authority_is_not_trusted(azure: KeyVault, place: Place) -> None:
    async with asking(azure, place, ca_file=None) as provider:
        with pytest.raises(BackendFailed):
            await provider.get("greeting")
    assert azure.reads == []


@pytest.mark.parametrize("keys", [{"vault_url": "http://127.0.0.1:1"}, {"client_id": None}, {"client_secret": None}])
async def test_a_wrong_configuration_is_refused_at_once(azure: KeyVault, place: Place, keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as refused:
        async with asking(azure, place, **keys):
            pass
    assert SECRET not in str(refused.value)
