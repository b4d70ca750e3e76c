"""The two HTTP APIs that Spin speaks: its own (`default`) and that of OpenAI, which many servers have."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Protocol

from msgspec import Meta, Struct, field

from atoll.capabilities.llm.endpoint import Endpoint
from atoll.capabilities.llm.provider import (
    Embeddings,
    EmbeddingsUsage,
    InferencingParams,
    InferencingResult,
    InferencingUsage,
    RuntimeFailed,
)

_Count = Annotated[int, Meta(ge=0, le=(1 << 32) - 1)]


class Api(Protocol):
    """How a server is asked."""

    async def infer(self, model: str, prompt: str, params: InferencingParams) -> InferencingResult:
        """One text."""

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """One vector a text."""

    def stream(self, model: str, prompt: str, params: InferencingParams) -> AsyncGenerator[str, None]:
        """One text in pieces."""


class _Usage(Struct, rename="camel"):
    prompt_token_count: _Count
    generated_token_count: _Count = 0


class _Text(Struct):
    text: str
    usage: _Usage


class _Vectors(Struct):
    embeddings: list[list[float]]
    usage: _Usage


class _Options(Struct, rename="camel"):
    max_tokens: int
    repeat_penalty: float
    repeat_penalty_last_n_token_count: int
    temperature: float
    top_k: int
    top_p: float


class DefaultApi:
    """`POST /infer` and `POST /embed`, as Spin's own proxy has them. It does not stream: a text is one piece."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def infer(self, model: str, prompt: str, params: InferencingParams) -> InferencingResult:
        """One text."""
        options = _Options(*(getattr(params, name) for name in _Options.__struct_fields__))
        answer = await self._endpoint.ask("infer", {"model": model, "prompt": prompt, "options": options}, _Text)
        usage = InferencingUsage(
            prompt_token_count=answer.usage.prompt_token_count,
            generated_token_count=answer.usage.generated_token_count,
        )
        return InferencingResult(text=answer.text, usage=usage)

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """One vector a text."""
        answer = await self._endpoint.ask("embed", {"model": model, "input": list(texts)}, _Vectors)
        return vectors(answer.embeddings, len(texts), answer.usage.prompt_token_count)

    async def stream(self, model: str, prompt: str, params: InferencingParams) -> AsyncGenerator[str, None]:
        """The whole text, when it is made."""
        yield (await self.infer(model, prompt, params)).text


class _Tokens(Struct):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0


class _Message(Struct):
    content: str | None = None


class _Choice(Struct):
    message: _Message


class _Completion(Struct):
    choices: list[_Choice]
    usage: _Tokens | None = None


class _Change(Struct):
    delta: _Message = field(default_factory=_Message)


class _Chunk(Struct):
    choices: list[_Change] = field(default_factory=list)


class _Vector(Struct):
    embedding: list[float]
    index: int | None = None


class VectorList(Struct):
    """The answer of OpenAI's embeddings."""

    data: list[_Vector]
    usage: _Tokens | None = None

    def embeddings(self, texts: int) -> Embeddings:
        """In the texts' order, however the server sent them."""
        ordered = sorted(enumerate(self.data), key=lambda each: each[0] if each[1].index is None else each[1].index)
        tokens = self.usage.prompt_tokens if self.usage else 0
        return vectors([vector.embedding for _, vector in ordered], texts, tokens)


class OpenAiApi:
    """`POST /v1/chat/completions` and `POST /v1/embeddings`.

    As in Spin the prompt is the one message of a user, and of the parameters `max_tokens` and `repeat_penalty` are
    sent. With `sampling` also `temperature` and `top_p`, which some models refuse.
    """

    def __init__(self, endpoint: Endpoint, *, sampling: bool = False) -> None:
        self._endpoint = endpoint
        self._sampling = sampling

    async def infer(self, model: str, prompt: str, params: InferencingParams) -> InferencingResult:
        """One text."""
        answer = await self._endpoint.ask("chat/completions", self._body(model, prompt, params), _Completion)
        tokens = answer.usage or _Tokens()
        return InferencingResult(
            text=(answer.choices[0].message.content or "") if answer.choices else "",
            usage=InferencingUsage(
                prompt_token_count=tokens.prompt_tokens, generated_token_count=tokens.completion_tokens
            ),
        )

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """One vector a text."""
        answer = await self._endpoint.ask("embeddings", {"model": model, "input": list(texts)}, VectorList)
        return answer.embeddings(len(texts))

    async def stream(self, model: str, prompt: str, params: InferencingParams) -> AsyncGenerator[str, None]:
        """One text in pieces."""
        body = self._body(model, prompt, params) | {"stream": True}
        async with aclosing(self._endpoint.pieces("chat/completions", body, _Chunk)) as chunks:
            async for chunk in chunks:
                if chunk.choices and (piece := chunk.choices[0].delta.content):
                    yield piece

    def _body(self, model: str, prompt: str, params: InferencingParams) -> dict[str, object]:
        body: dict[str, object] = {
            "model": model,
            "messages": [{"role": "user", "content": prompt}],
            "max_completion_tokens": params.max_tokens,
            "frequency_penalty": params.repeat_penalty,
        }
        if self._sampling:
            body |= {"temperature": params.temperature, "top_p": params.top_p}
        return body


def vectors(found: list[list[float]], texts: int, tokens: int) -> Embeddings:
    """The embeddings, if they are one a text and of one length. Raises RuntimeFailed."""
    if len(found) != texts or len({len(vector) for vector in found}) > 1:
        raise RuntimeFailed("the model's server did not answer with one vector a text")
    return Embeddings(embeddings=found, usage=EmbeddingsUsage(prompt_token_count=tokens))
