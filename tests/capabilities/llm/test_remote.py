"""Models behind HTTP: OpenAI's API against llama.cpp's server, Spin's own against the API as its client speaks it."""

import asyncio
import logging
import random
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.llm import (
    Embeddings,
    InferencingParams,
    InvalidInput,
    ModelNotSupported,
    RuntimeFailed,
    conformance,
)
from atoll.capabilities.llm.conformance import Names, conforms
from atoll.capabilities.llm.providers.remote_http import RemoteHttp, RemoteHttpConfig
from atoll.capabilities.provider import Place
from tests.servers import openai, spin_llm
from tests.servers.openai import LlamaServer
from tests.servers.served import Asked, Said, Served, served

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PARAMS = InferencingParams(max_tokens=4, temperature=0)
NAMES = Names(model="tiny", embedding="vectors", unknown="nobody-has-this")


@pytest.fixture(scope="module")
def llama(files: Path) -> Iterator[LlamaServer]:
    with openai.llama_server(files / "vectors.gguf") as server:
        yield server


@pytest.fixture
def spins() -> Iterator[Served]:
    with spin_llm.spin_llm() as server:
        yield server


@asynccontextmanager
async def remote(url: str, place: Place, **keys: Any) -> AsyncIterator[RemoteHttp]:
    token = openai.TOKEN if keys.get("api_type") == "open_ai" else spin_llm.TOKEN
    provider = RemoteHttp(RemoteHttpConfig(**{"url": url, "auth_token": token, **keys}), place)
    try:
        yield provider
    finally:
        await provider.close()


async def test_the_api_of_spin_conforms(spins: Served, place: Place) -> None:
    async with remote(spins.url, place) as provider:
        await conforms(provider, NAMES)


async def test_the_api_of_openai_conforms(llama: LlamaServer, place: Place) -> None:
    # The server has one model, which is the answer to any name, and one text at temperature 0 that is not sent to it.
    async with remote(llama.url, place, api_type="open_ai") as provider:
        await conformance.makes_a_text(provider, NAMES)
        await conformance.takes_any_text_for_a_prompt(provider, NAMES)
        await conformance.embeds_texts(provider, NAMES)
        await conformance.answers_many_at_once(provider, NAMES)
        await conformance.refuses_numbers_that_are_none(provider, NAMES)


async def test_the_api_of_openai_streams(llama: LlamaServer, place: Place) -> None:
    async with remote(llama.url, place, api_type="open_ai", sampling=True) as provider:
        await conformance.streams_its_text(provider, NAMES)
        pieces = [piece async for piece in provider.stream("tiny", "hello", InferencingParams(max_tokens=40))]
        assert len(pieces) > 3


async def test_what_is_sent_is_what_spin_sends(place: Place) -> None:
    completion = {"choices": [{"message": {"content": "hi"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    params = InferencingParams(max_tokens=7, repeat_penalty=1.5)
    with served(lambda asked: Said(body=completion)) as server:
        for url, sampling in ((server.url, False), (f"{server.url}/v1/", False), (server.url, True)):
            async with remote(url, place, api_type="open_ai", sampling=sampling) as provider:
                result = await provider.infer("m", "p", params)
                assert (result.text, result.usage.generated_token_count) == ("hi", 2)
        first, second, third = server.asked
    sent: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "p"}]}
    sent |= {"max_completion_tokens": 7, "frequency_penalty": 1.5}
    assert [first.path, first.json, second.path, second.json] == ["/v1/chat/completions", sent] * 2
    assert third.json == sent | {"temperature": 0.8, "top_p": 0.9}
    assert first.headers["authorization"] == f"Bearer {openai.TOKEN}"


async def test_vectors_come_in_the_order_of_the_texts(place: Place) -> None:
    data = [{"index": 1, "embedding": [1.0]}, {"index": 0, "embedding": [0]}]
    with served(lambda asked: Said(body={"data": data, "usage": {"prompt_tokens": 3}})) as server:
        async with remote(server.url, place, api_type="open_ai") as provider:
            found = await provider.embed("m", ["a", "b"])
            assert found.embeddings == [[0.0], [1.0]]
            assert found.usage.prompt_token_count == 3
            with pytest.raises(RuntimeFailed, match="one vector a text"):
                await provider.embed("m", ["a"])
            assert await provider.embed("m", []) == Embeddings(embeddings=[])


async def test_connections_are_shared_and_bounded(spins: Served, place: Place) -> None:
    async with remote(spins.url, place, connections=4) as provider:
        await asyncio.gather(*(provider.infer("tiny", "hello", PARAMS) for _ in range(100)))
    assert spins.connections <= 4


async def test_a_dead_server_fails_in_time_and_is_found_again(spins: Served, place: Place) -> None:
    async with remote(spins.url, place, timeout=2) as provider:
        await provider.infer("tiny", "hello", PARAMS)
        spins.stop()
        begun = time.monotonic()
        with pytest.raises(RuntimeFailed, match="cannot be reached"):
            await provider.infer("tiny", "hello", PARAMS)
        assert time.monotonic() - begun < 2
        spins.start()
        assert (await provider.infer("tiny", "hello", PARAMS)).text == "olle"


async def test_a_real_server_that_crashes_is_found_again(llama: LlamaServer, place: Place) -> None:
    async with remote(llama.url, place, api_type="open_ai") as provider:
        call = asyncio.create_task(provider.infer("tiny", "hello", InferencingParams(max_tokens=100_000)))
        await asyncio.sleep(0.1)
        llama.stop()
        with pytest.raises(RuntimeFailed, match="cannot be reached"):
            await call
        llama.start()
        assert (await provider.infer("tiny", "hello", PARAMS)).usage.generated_token_count > 0


async def test_a_slow_server_costs_the_timeout(place: Place) -> None:
    released = threading.Event()

    def slow(asked: Asked) -> Said:
        released.wait(10)
        return spin_llm.answer(asked)

    with served(slow) as server:
        async with remote(server.url, place, timeout=0.3) as provider:
            with pytest.raises(RuntimeFailed, match=r"within 0\.3 s"):
                await provider.infer("tiny", "hello", PARAMS)
            released.set()
            assert (await provider.infer("tiny", "hello", PARAMS)).text == "olle"


async def test_calls_that_are_given_up_at_any_moment_do_not_cost_a_connection(spins: Served, place: Place) -> None:
    chance = random.Random(7)
    async with remote(spins.url, place, connections=2, timeout=5) as provider:
        for _ in range(300):
            call = asyncio.create_task(provider.infer("tiny", "hello", PARAMS))
            await asyncio.sleep(chance.uniform(0, 0.006))
            call.cancel()
        answers = await asyncio.gather(*(provider.infer("tiny", "hello", PARAMS) for _ in range(20)))
    assert {answer.text for answer in answers} == {"olle"}


async def test_calls_that_are_given_up_while_they_wait_do_not_cost_a_connection(place: Place) -> None:
    slowest = 0.2

    def answer(asked: Asked) -> Said:
        time.sleep(random.uniform(0, slowest))
        return spin_llm.answer(asked)

    with served(answer) as server:
        async with remote(server.url, place, connections=4) as provider:
            calls = [asyncio.create_task(provider.infer("tiny", "hello", PARAMS)) for _ in range(200)]
            for call in calls:
                await asyncio.sleep(0.001)
                call.cancel()
            slowest = 0
            answers = await asyncio.gather(*(provider.infer("tiny", "hello", PARAMS) for _ in range(20)))
    assert {answer.text for answer in answers} == {"olle"}


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        (Said(200, b"<html>"), RuntimeFailed, "does not have"),
        (Said(200, {"text": 1}), RuntimeFailed, "does not have"),
        (Said(200, b"[" * 1_000_000), RuntimeFailed, "does not have"),
        (Said(200, b" " * (65 << 20)), RuntimeFailed, "larger than 64 MiB"),
        (Said(200, {"text": "", "usage": {"promptTokenCount": -1, "generatedTokenCount": 0}}), RuntimeFailed, "have"),
        (Said(200, {"error": {"message": "overloaded"}}), RuntimeFailed, "overloaded"),
        (Said(400, {"error": {"message": "too long"}}), InvalidInput, "too long"),
        (Said(404, {"error": {"message": "?", "code": "model_not_found"}}), ModelNotSupported, "this model"),
        (Said(307, b"", {"location": "http://127.0.0.1:1/"}), RuntimeFailed, "status 307"),
        (Said(500, {"error": "x" * 100_000}), RuntimeFailed, "x…"),
    ],
    ids=["html", "shape", "nested", "huge", "negative", "overloaded", "invalid", "model", "redirect", "long"],
)
async def test_what_a_server_says_becomes_the_error_of_the_interface(
    place: Place, said: Said, error: type[Exception], text: str
) -> None:
    with served(lambda asked: said) as server:
        async with remote(server.url, place) as provider:
            with pytest.raises(error, match=text) as failed:
                await provider.infer("tiny", "hello", PARAMS)
    assert len(str(failed.value)) < 1000


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'data: {"choices": [{"delta": {"content": "a"}}]}\n\ndata: {"error": {"message": "broke"}}\n\n', "broke"),
        (b'data: {"choices": 1}\n\n', "does not have"),
        (b"data: " + b"x" * (2 << 20), "without end"),
    ],
    ids=["error", "shape", "line"],
)
async def test_a_stream_that_breaks_is_told(place: Place, body: bytes, text: str) -> None:
    with served(lambda asked: Said(200, body)) as server:
        async with remote(server.url, place, api_type="open_ai") as provider:
            with pytest.raises(RuntimeFailed, match=text):
                assert [piece async for piece in provider.stream("tiny", "hello", PARAMS)]


async def test_the_token_is_shown_nowhere(spins: Served, place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "canary-Zq7-do-not-tell"
    async with remote(spins.url, place, auth_token=canary) as provider:
        with pytest.raises(RuntimeFailed, match=r"status 401: this is not it: bearer \*\*\*") as failed:
            await provider.infer("tiny", "hello", PARAMS)
    config = RemoteHttpConfig(url=spins.url, auth_token=canary)
    assert canary not in f"{failed.value!r} {caplog.text} {provider!r} {config!r}"


@pytest.mark.parametrize(
    "keys",
    [
        {"url": "nowhere"},
        {"url": "ftp://127.0.0.1"},
        {"url": "http://user:secret@127.0.0.1"},
        {"auth_token": "secret\r\nx-more: 1"},
        {"api_type": "other"},
        {"timeout": 0},
        {"connections": 0},
    ],
)
async def test_a_wrong_configuration_is_refused_at_once(place: Place, keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as refused:
        RemoteHttp(RemoteHttpConfig(**{"url": "http://127.0.0.1:1", "auth_token": "secret", **keys}), place)
    assert "secret" not in str(refused.value)
