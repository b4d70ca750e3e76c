"""What a provider of language models is: the Protocol, its shapes and its errors.

Interfaces: fermyon:spin/llm, without a version and @2.0.0. The shapes are theirs, name by name.
"""

import math
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import ClassVar, Protocol

from msgspec import Struct, structs

from atoll.capabilities.provider import Failed

_MOST_U32 = (1 << 32) - 1


class InferencingParams(Struct, frozen=True, kw_only=True):
    """How a text is made. The defaults are what a guest gets that names none."""

    max_tokens: int = 100
    """The most tokens to generate; fewer may come."""
    repeat_penalty: float = 1.1
    repeat_penalty_last_n_token_count: int = 64
    temperature: float = 0.8
    """0 takes the likeliest token each time."""
    top_k: int = 40
    top_p: float = 0.9


class InferencingUsage(Struct, frozen=True, kw_only=True):
    """Tokens that were read and made."""

    prompt_token_count: int = 0
    generated_token_count: int = 0


class InferencingResult(Struct, frozen=True, kw_only=True):
    """The generated text, without the prompt."""

    text: str
    usage: InferencingUsage = InferencingUsage()


class EmbeddingsUsage(Struct, frozen=True, kw_only=True):
    """Tokens that were read."""

    prompt_token_count: int = 0


class Embeddings(Struct, frozen=True, kw_only=True):
    """One vector a text, in the texts' order, all of one length."""

    embeddings: list[list[float]]
    usage: EmbeddingsUsage = EmbeddingsUsage()


class Llm(Protocol):
    """A place where models run.

    A provider may also have `stream(model, prompt, params) -> AsyncIterator[str]`: the text of `infer` in the pieces in
    which it is made. Closing the iterator, as cancelling any call, ends the work for it.
    """

    def infer(
        self, model: str, prompt: str, params: InferencingParams
    ) -> Awaitable[InferencingResult] | InferencingResult:
        """The text that follows the prompt. Raises ModelNotSupported, InvalidInput or RuntimeFailed."""

    def embed(self, model: str, texts: Sequence[str]) -> Awaitable[Embeddings] | Embeddings:
        """The vectors of the texts; none for none. Raises ModelNotSupported, InvalidInput or RuntimeFailed."""


class Streams(Protocol):
    """The part of a provider that gives a text in pieces."""

    def stream(self, model: str, prompt: str, params: InferencingParams) -> AsyncIterator[str]:
        """The pieces of the text, in order. Raises what `infer` raises."""


class ModelNotSupported(Failed):
    """There is no model of this name. The interface has no text for it."""

    case: ClassVar[str] = "model-not-supported"


class RuntimeFailed(Failed):
    """The model or its server could not do it: down, too slow, busy, or broken."""

    case: ClassVar[str] = "runtime-error"


class InvalidInput(Failed):
    """The model cannot take this prompt, these texts or these parameters."""

    case: ClassVar[str] = "invalid-input"


def check(params: InferencingParams, *texts: str) -> None:
    """Raise InvalidInput for numbers that no model takes and for texts that cannot be sent."""
    for name, value in structs.asdict(params).items():
        if not math.isfinite(value):
            raise InvalidInput(f"`{name}` is not a number")
        if isinstance(value, int) and not 0 <= value <= _MOST_U32:
            raise InvalidInput(f"`{name}` is not between 0 and {_MOST_U32}")
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidInput("the text is not Unicode") from None
