"""Models on this machine: llama.cpp with a model of random weights, in a process of its own."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities.llm import InferencingParams, InvalidInput, ModelNotSupported, RuntimeFailed
from atoll.capabilities.llm.conformance import Names, conforms
from atoll.capabilities.llm.providers.spin import Spin, SpinConfig
from atoll.capabilities.provider import Place

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SHORT = InferencingParams(max_tokens=4, temperature=0)
LONG = InferencingParams(max_tokens=100_000, temperature=0)


@asynccontextmanager
async def local(place: Place, files: Path, **keys: Any) -> AsyncIterator[Spin]:
    provider = Spin(SpinConfig(**{"models_dir": str(files), "context_size": 1024, "threads": 1, **keys}), place)
    try:
        yield provider
    finally:
        await provider.close()


def engines() -> list[int]:
    """The processes of models that this process has started."""
    listed = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for file in listed for pid in file.read_text().split()]
    return [pid for pid in pids if b"engine.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]


async def test_local_models_conform(place: Place, files: Path) -> None:
    async with local(place, files) as provider:
        await conforms(provider, Names(model="tiny", embedding="vectors", unknown="nobody-has-this"))
        assert len(engines()) == 2
    assert engines() == []


async def test_models_are_found_in_the_state_folder_and_by_the_names_that_are_configured(
    place: Place, files: Path
) -> None:
    (place.state / "ai-models").mkdir(parents=True)
    (place.state / "ai-models" / "found.gguf").symlink_to(files / "tiny.gguf")
    (place.config / "named.bin").symlink_to(files / "tiny.gguf")
    provider = Spin(SpinConfig(models={"llama2-chat": "named.bin"}, context_size=256, max_loaded=1), place)
    for name in ("found", "llama2-chat"):
        assert (await provider.infer(name, "hello", SHORT)).usage.generated_token_count == 4
    with pytest.raises(ModelNotSupported):
        await provider.infer("named", "hello", SHORT)
    await provider.close()


async def test_nothing_is_asked_of_a_model_that_makes_no_tokens(place: Place, files: Path) -> None:
    async with local(place, files) as provider:
        result = await provider.infer("tiny", "hello", InferencingParams(max_tokens=0))
        assert (result.text, result.usage.generated_token_count) == ("", 0)


async def test_the_same_prompt_without_chance_has_the_same_answer(place: Place, files: Path) -> None:
    async with local(place, files) as provider:
        answers = [(await provider.infer("tiny", "hello", SHORT)).text for _ in range(3)]
        assert answers == answers[:1] * 3
        several = {(await provider.infer("tiny", "hello", InferencingParams(temperature=2))).text for _ in range(3)}
        assert len(several) == 3


async def test_a_prompt_that_does_not_fit_is_invalid(place: Place, files: Path) -> None:
    async with local(place, files, context_size=256) as provider:
        with pytest.raises(InvalidInput, match="context size"):
            await provider.infer("tiny", "long " * 1000, SHORT)
        with pytest.raises(InvalidInput):
            await provider.embed("vectors", ["long " * 1000])
        with pytest.raises(InvalidInput, match="2048 texts"):
            await provider.embed("vectors", ["text"] * 2049)
        assert (await provider.infer("tiny", "hello", LONG)).usage.generated_token_count <= 256


async def test_a_model_that_does_not_say_how_it_embeds_can_be_told(place: Place, files: Path) -> None:
    async with local(place, files) as provider:
        with pytest.raises((InvalidInput, RuntimeFailed)):
            await provider.embed("tiny", ["hello"])
    async with local(place, files, pooling="mean") as provider:
        assert len((await provider.embed("tiny", ["hello"])).embeddings[0]) == 32


async def test_a_stream_comes_in_pieces_and_can_be_left(place: Place, files: Path) -> None:
    async with local(place, files, concurrency=1) as provider:
        await provider.infer("tiny", "hello", SHORT)
        async with aclosing(provider.stream("tiny", "hello", LONG)) as stream:
            assert await anext(stream)
        begun = time.monotonic()
        await provider.infer("tiny", "hello", SHORT)
        assert time.monotonic() - begun < await seconds_of(provider) / 2


async def seconds_of(provider: Spin) -> float:
    """How long the longest answer takes."""
    begun = time.monotonic()
    await provider.infer("tiny", "hello", LONG)
    return time.monotonic() - begun


async def test_a_call_that_is_given_up_ends_and_gives_its_place_to_the_next(place: Place, files: Path) -> None:
    async with local(place, files, concurrency=1, context_size=2048) as provider:
        whole = await seconds_of(provider)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await provider.infer("tiny", "hello", LONG)
        begun = time.monotonic()
        assert (await provider.infer("tiny", "hello", SHORT)).usage.generated_token_count == 4
        assert time.monotonic() - begun < whole / 2
        assert len(engines()) == 1


async def test_too_many_calls_are_turned_away_at_once(place: Place, files: Path) -> None:
    async with local(place, files, concurrency=1, queue=2) as provider:
        outcomes = await asyncio.gather(
            *(provider.infer("tiny", "hello", SHORT) for _ in range(6)), return_exceptions=True
        )
        busy = [outcome for outcome in outcomes if isinstance(outcome, RuntimeFailed)]
        assert len(busy) == 3
        assert "2 calls wait" in str(busy[0])
        assert (await provider.infer("tiny", "hello", SHORT)).usage.generated_token_count == 4


async def test_a_call_that_takes_too_long_fails(place: Place, files: Path) -> None:
    async with local(place, files, timeout=0.01) as provider:
        with pytest.raises(RuntimeFailed, match=r"within 0\.01 s"):
            await provider.infer("tiny", "hello", LONG)


async def test_a_model_whose_process_dies_fails_its_calls_and_is_started_again(place: Place, files: Path) -> None:
    async with local(place, files, context_size=2048) as provider:
        await provider.infer("tiny", "hello", SHORT)
        [pid] = engines()
        call = asyncio.create_task(provider.infer("tiny", "hello", LONG))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(RuntimeFailed, match="cannot be reached"):
            await call
        await asyncio.sleep(0.1)
        assert (await provider.infer("tiny", "hello", SHORT)).usage.generated_token_count == 4
        assert engines() != [pid]


async def test_the_least_used_model_makes_room_for_another(place: Place, files: Path) -> None:
    async with local(place, files, max_loaded=1) as provider:
        await provider.infer("tiny", "hello", SHORT)
        first = engines()
        calls = [provider.embed("vectors", ["hello"]), provider.infer("tiny", "hello", SHORT)] * 2
        await asyncio.gather(*calls)
        assert len(engines()) == 1
        assert engines() != first


@pytest.mark.parametrize(
    "content",
    [b"", b"GGUF", b"GGUF\3\0\0\0" + b"\xff" * 64, os.urandom(1 << 16)],
    ids=["empty", "short", "header", "random"],
)
async def test_a_file_that_is_no_model_is_told_and_harms_nothing(
    place: Place, files: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (place.config / "broken.gguf").write_bytes(content)
    models = {"broken": "broken.gguf", "tiny": str(files / "tiny.gguf"), "gone": "gone.gguf"}
    async with local(place, files, models=models) as provider:
        with pytest.raises(RuntimeFailed, match="could not be loaded"):
            await provider.infer("broken", "hello", SHORT)
        assert "could not be loaded" in caplog.text
        with pytest.raises(RuntimeFailed, match="is not there"):
            await provider.infer("gone", "hello", SHORT)
        assert (await provider.infer("tiny", "hello", SHORT)).usage.generated_token_count == 4


async def test_models_end_with_the_process_that_started_them(place: Place, files: Path) -> None:
    async with local(place, files) as provider:
        await provider.infer("tiny", "hello", SHORT)
        # What the kernel does for a parent that was killed: it closes the pipe.
        use = next(iter(provider._models._processes.values()))
        stdin = use.result()._process.stdin
        assert stdin is not None
        stdin.close()
        await asyncio.sleep(0.3)
        assert engines() == []


@pytest.mark.parametrize("keys", [{"concurrency": 0}, {"queue": -1}, {"timeout": 0}, {"pooling": "max"}])
async def test_a_wrong_configuration_is_refused_at_once(place: Place, files: Path, keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(keys))):
        async with local(place, files, **keys):
            pass
