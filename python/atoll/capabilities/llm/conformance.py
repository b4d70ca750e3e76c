"""What every provider of language models must hold; for the tests of whoever writes one.

async def test_mine_conforms() -> None:
    await conforms(provider, Names(model="tiny", embedding="vectors", unknown="nobody-has-this"))
"""

import asyncio
import math
from collections.abc import AsyncIterator
from typing import NamedTuple

from atoll.capabilities.conformance import settled
from atoll.capabilities.llm.provider import (
    InferencingParams,
    InvalidInput,
    Llm,
    ModelNotSupported,
    RuntimeFailed,
)

_FEW = InferencingParams(max_tokens=5, temperature=0)


class Names(NamedTuple):
    """Models that the provider has: one makes texts, one embeds them; and one that it does not have."""

    model: str
    embedding: str
    unknown: str


async def conforms(provider: Llm, names: Names) -> None:
    """Every check, one after the other. Raises AssertionError at the first that does not hold."""
    await makes_a_text(provider, names)
    await takes_any_text_for_a_prompt(provider, names)
    await embeds_texts(provider, names)
    await answers_many_at_once(provider, names)
    await does_not_have_other_models(provider, names)
    await refuses_numbers_that_are_none(provider, names)
    await streams_its_text(provider, names)


async def makes_a_text(provider: Llm, names: Names) -> None:
    """A prompt has an answer no longer than was asked for, and its tokens are counted."""
    result = await settled(provider.infer(names.model, "Once upon a time", _FEW))
    assert isinstance(result.text, str)
    assert result.usage.prompt_token_count > 0
    assert 0 < result.usage.generated_token_count <= 5
    await settled(provider.infer(names.model, "Once upon a time", InferencingParams(max_tokens=3)))


async def takes_any_text_for_a_prompt(provider: Llm, names: Names) -> None:
    """Characters that are special elsewhere are text here."""
    for prompt in ("a\0b", '"}]', "\u00e9\U0001f600", "{{ name }}\r\n\r\n"):
        await settled(provider.infer(names.model, prompt, _FEW))


async def embeds_texts(provider: Llm, names: Names) -> None:
    """One vector a text, all of one length, in the texts' order; none for none."""
    texts = ["the cat", "a dog", "the cat"]
    found = (await settled(provider.embed(names.embedding, texts))).embeddings
    assert [len(vector) for vector in found] == [len(found[0])] * 3
    assert all(isinstance(number, float) and math.isfinite(number) for vector in found for number in vector)
    assert math.dist(found[0], found[2]) < 0.01 < math.dist(found[0], found[1])
    assert (await settled(provider.embed(names.embedding, []))).embeddings == []


async def answers_many_at_once(provider: Llm, names: Names) -> None:
    """Concurrent calls do not get each other's answers."""
    texts = [f"text {turn}" * (turn + 1) for turn in range(8)]
    alone = [(await settled(provider.embed(names.embedding, [text]))).embeddings[0] for text in texts]
    together = await asyncio.gather(*(settled(provider.embed(names.embedding, [text])) for text in texts))
    for one, other in zip(alone, together, strict=True):
        assert math.dist(one, other.embeddings[0]) < 0.01


async def does_not_have_other_models(provider: Llm, names: Names) -> None:
    """A model that it does not have, however it is named, is not supported."""
    for name in (names.unknown, f"../{names.model}", f"{names.model}.gguf", "", "x" * 100_000, "a\0b"):
        for call in (provider.infer(name, "hello", _FEW), provider.embed(name, ["hello"])):
            try:
                await settled(call)
            except (ModelNotSupported, InvalidInput, RuntimeFailed) as refused:
                assert len(str(refused)) < 1000
                assert name != names.unknown or isinstance(refused, ModelNotSupported)
            else:
                raise AssertionError(f"an answer of the model {name[:20]!r}")


async def refuses_numbers_that_are_none(provider: Llm, names: Names) -> None:
    """Parameters that no model takes are invalid, and large ones are taken."""
    for params in (InferencingParams(temperature=math.nan), InferencingParams(top_p=math.inf)):
        try:
            await settled(provider.infer(names.model, "hello", params))
        except InvalidInput:
            continue
        raise AssertionError("a number that is none was taken")
    most = (1 << 32) - 1
    large = InferencingParams(max_tokens=2, repeat_penalty_last_n_token_count=most, top_k=most, temperature=0)
    await settled(provider.infer(names.model, "hello", large))


async def streams_its_text(provider: Llm, names: Names) -> None:
    """Where a provider streams, the pieces are the text."""
    stream = getattr(provider, "stream", None)
    if stream is None:
        return
    pieces: AsyncIterator[str] = stream(names.model, "hello", _FEW)
    text = "".join([piece async for piece in pieces])
    whole = (await settled(provider.infer(names.model, "hello", _FEW))).text
    # Half a character at a piece's end may be shown in one way or another.
    assert text.replace("\ufffd", "") == whole.replace("\ufffd", "")
