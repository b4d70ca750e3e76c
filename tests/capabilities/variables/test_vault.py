"""The provider of Vault's secrets, against a real OpenBao."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from atoll.capabilities.provider import Place
from atoll.capabilities.variables import BackendFailed, Chain, Unreachable
from atoll.capabilities.variables.conformance import conforms
from atoll.capabilities.variables.providers.static import Static, StaticConfig
from atoll.capabilities.variables.providers.vault import Vault, VaultConfig
from tests.capabilities.variables.values import CANARY, KNOWN, fill
from tests.servers.served import Asked, Said, served
from tests.servers.vault import TOKEN, Bao

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@asynccontextmanager
async def asking(server: Bao, place: Place, **keys: Any) -> AsyncIterator[Vault]:
    config = VaultConfig(**{"url": server.url, "token": TOKEN, "mount": "secret", **keys})
    provider = Vault(config, place)
    try:
        yield provider
    finally:
        await provider.close()


@pytest.mark.parametrize(
    "keys", [{}, {"cache": 0}, {"prefix": "team/app"}, {"mount": "/secret/", "prefix": "/team/app/"}]
)
async def test_vault_conforms(vault: Bao, place: Place, keys: dict[str, Any]) -> None:
    async with asking(vault, place, **keys) as provider:
        await conforms(provider, KNOWN)


async def test_connections_are_shared_and_bounded(vault: Bao, place: Place) -> None:
    async with asking(vault, place, cache=0) as provider:
        await asyncio.gather(*(provider.get(f"none_{turn}") for turn in range(200)))
        assert 1 <= vault.connections() <= 8
        for _ in range(20):
            await provider.get("greeting")
        assert vault.connections() <= 8
    await asyncio.sleep(0.05)
    assert vault.connections() == 0


async def test_a_new_version_is_seen_when_the_time_of_the_old_one_is_over(vault: Bao, place: Place) -> None:
    vault.put("changing", {"value": "one"})
    async with asking(vault, place, cache=0.2) as provider:
        assert await provider.get("changing") == "one"
        vault.put("changing", {"value": "two"})
        assert await provider.get("changing") == "one"
        await asyncio.sleep(0.2)
        assert await provider.get("changing") == "two"
        vault.call("DELETE", "secret/data/changing")
        await asyncio.sleep(0.2)
        assert await provider.get("changing") is None


async def test_a_dead_server_fails_in_time_and_is_found_again(vault: Bao, place: Place) -> None:
    async with asking(vault, place, cache=0, timeout=2) as provider:
        assert await provider.get("greeting") == "hello"
        vault.stop()
        begun = time.monotonic()
        with pytest.raises(Unreachable, match="cannot be reached"):
            await provider.get("greeting")
        assert time.monotonic() - begun < 2
        vault.start()
        fill(vault)
        await asyncio.sleep(1)
        assert await provider.get("greeting") == "hello"


async def test_a_kept_value_stands_in_for_a_dead_server(vault: Bao, place: Place) -> None:
    async with asking(vault, place, cache=0.05) as provider, asking(vault, place, cache=0.05, stale=0.1) as strict:
        assert [await provider.get("greeting"), await strict.get("greeting")] == ["hello", "hello"]
        vault.stop()
        try:
            await asyncio.sleep(0.2)
            assert await provider.get("greeting") == "hello"
            with pytest.raises(Unreachable):
                await strict.get("greeting")
        finally:
            vault.start()
            fill(vault)


async def test_a_server_that_does_not_answer_costs_its_timeout_and_nothing_more(vault: Bao, place: Place) -> None:
    async with asking(vault, place, cache=0, timeout=0.5) as provider:
        with vault.halted():
            begun = time.monotonic()
            with pytest.raises(Unreachable, match=r"within 0\.5 s"):
                await provider.get("greeting")
            assert 0.4 < time.monotonic() - begun < 1.5
        await asyncio.sleep(1)
        assert await provider.get("greeting") == "hello"


async def test_a_call_that_is_given_up_does_no_harm(vault: Bao, place: Place) -> None:
    async with asking(vault, place, cache=0, timeout=5) as provider:
        with vault.halted():
            for turn in range(30):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await provider.get(f"none_{turn}")
        assert await asyncio.gather(*(provider.get("greeting") for _ in range(30))) == ["hello"] * 30
        assert vault.connections() <= 8


async def test_time_that_runs_out_at_any_moment_does_not_cost_a_connection(place: Place) -> None:
    slowest = 0.2

    def answer(asked: Asked) -> Said:
        time.sleep(random.uniform(0, slowest))
        return Said(body={"data": {"data": {"value": "here"}}})

    with served(answer) as server:
        provider = Vault(VaultConfig(url=server.url, token=TOKEN, mount="secret", cache=0, timeout=0.1), place)
        provider._cache._pause = 0
        calls = [provider.get(f"name_{turn}") for turn in range(300)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert any(isinstance(outcome, Unreachable) for outcome in outcomes)
        slowest = 0
        await asyncio.sleep(0.2)
        assert [await provider.get("name") for _ in range(30)] == ["here"] * 30
        await provider.close()


@pytest.mark.parametrize(
    ("keys", "fields", "reason"),
    [
        ({"token": "wrong-token-of-the-test"}, {"value": CANARY}, "does not permit"),
        ({"mount": "elsewhere"}, {"value": CANARY}, "no KV engine"),
        ({}, {"password": CANARY}, "no text in its field"),
        ({}, {"value": [CANARY]}, "no text in its field"),
        ({"url": "http://127.0.0.1:1"}, {"value": CANARY}, "cannot be reached"),
    ],
)
async def test_what_is_wrong_is_told_without_a_secret(
    vault: Bao,
    place: Place,
    told: pytest.LogCaptureFixture,
    keys: dict[str, Any],
    fields: dict[str, Any],
    reason: str,
) -> None:
    vault.put("wrong", fields)
    async with asking(vault, place, **keys) as provider:
        with pytest.raises(BackendFailed, match=reason) as failed:
            await Chain([provider, Static(StaticConfig(values={"wrong": "next"}))]).get("wrong")
    said = f"{failed.value!r} {told.text} {provider!r} {VaultConfig(url=vault.url, token=CANARY, mount='m')!r}"
    assert not [secret for secret in (CANARY, TOKEN, keys.get("token", TOKEN)) if secret in said]


async def test_a_huge_secret_is_read_whole(vault: Bao, place: Place) -> None:
    vault.put("huge", {"value": "\u00e9" * 300_000})
    async with asking(vault, place) as provider:
        assert await provider.get("huge") == "\u00e9" * 300_000


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(200, b"<html>" + CANARY.encode()), "not Vault"),
        (Said(200, b"[" * 1_000_000), "not Vault"),
        (Said(200, b" " * (5 << 20)), "larger than any secret"),
        (Said(302, b"", {"location": "http://127.0.0.1:1/"}), "status 302"),
        (Said(503, {"errors": ["Vault is sealed"]}), "status 503"),
        (Said(400, {"errors": [CANARY]}), "status 400"),
    ],
)
async def test_a_server_that_is_not_vault_is_no_danger(
    place: Place, told: pytest.LogCaptureFixture, said: Said, reason: str
) -> None:
    with served(lambda asked: said) as server:
        provider = Vault(VaultConfig(url=server.url, token=TOKEN, mount="secret"), place)
        with pytest.raises(BackendFailed, match=reason) as failed:
            await provider.get("greeting")
        await provider.close()
    assert CANARY not in str(failed.value) + told.text


@pytest.mark.parametrize(
    "keys",
    [
        {"url": "vault:8200"},
        {"url": "http://user:password@127.0.0.1"},
        {"token": "two\r\nlines"},
        {"token": ""},
        {"timeout": 0},
        {"cache": -1},
        {"ca_file": "gone.pem"},
    ],
)
async def test_a_wrong_configuration_is_refused_at_once(place: Place, keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as refused:
        Vault(VaultConfig(**{"url": "http://127.0.0.1:1", "token": TOKEN, "mount": "secret", **keys}), place)
    assert TOKEN not in str(refused.value)
    assert "password" not in str(refused.value)
