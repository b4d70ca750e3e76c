"""Language models, which the manifest grants by `ai_models = ["NAME"]`.

from atoll_guest import llm

llm.infer("llama", "Say hello.").text
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import wit_world.imports.spin_llm as wit

from atoll_guest.errors import Refused, translated

__all__ = ("Embeddings", "Inference", "LlmError", "ModelRefused", "embed", "infer")


class LlmError(Exception):
    """A model could not do what it was asked."""


class ModelRefused(LlmError, Refused):
    """There is no such model, or the manifest does not grant it."""


@dataclass(frozen=True)
class Inference:
    """What a model wrote, and how many tokens it read and made."""

    text: str
    prompt_tokens: int
    generated_tokens: int


@dataclass(frozen=True)
class Embeddings:
    """A vector for each text, and how many tokens the model read."""

    vectors: list[list[float]]
    prompt_tokens: int


def infer(
    model: str,
    prompt: str,
    *,
    max_tokens: int = 100,
    temperature: float = 0.8,
    top_k: int = 40,
    top_p: float = 0.9,
    repeat_penalty: float = 1.1,
    repeat_penalty_last_tokens: int = 64,
) -> Inference:
    """Have a model go on with a text. Raises ModelRefused, LlmError."""
    parameters = wit.InferencingParams(
        max_tokens, repeat_penalty, repeat_penalty_last_tokens, temperature, top_k, top_p
    )
    with translated(lambda error: _error(model, error)):
        result = wit.infer(model, prompt, parameters)
    return Inference(result.text, result.usage.prompt_token_count, result.usage.generated_token_count)


def embed(model: str, texts: Sequence[str]) -> Embeddings:
    """A vector for each text. Raises ModelRefused, LlmError."""
    with translated(lambda error: _error(model, error)):
        result = wit.generate_embeddings(model, list(texts))
    return Embeddings(result.embeddings, result.usage.prompt_token_count)


def _error(model: str, error: wit.Error) -> LlmError:
    match error:
        case wit.Error_ModelNotSupported():
            return ModelRefused(f'the model `{model}` cannot be used: add "{model}" to `ai_models` of the component')
        case wit.Error_RuntimeError(why) | wit.Error_InvalidInput(why):
            return LlmError(f"the model `{model}` failed: {why}")
