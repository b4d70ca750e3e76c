"""The room of language models: text from a prompt, and embeddings of texts.

Exported are the Protocol with its shapes and errors, and the built-in providers by their `type`.
"""

from atoll.capabilities.llm.provider import (
    Embeddings,
    EmbeddingsUsage,
    InferencingParams,
    InferencingResult,
    InferencingUsage,
    InvalidInput,
    Llm,
    ModelNotSupported,
    RuntimeFailed,
)

PROVIDERS: dict[str, str] = {
    "spin": "atoll.capabilities.llm.providers.spin:Spin",
    "remote_http": "atoll.capabilities.llm.providers.remote_http:RemoteHttp",
}
"""Module and class of each type: imported when first used, as one needs a library of its own."""

__all__ = [
    "PROVIDERS",
    "Embeddings",
    "EmbeddingsUsage",
    "InferencingParams",
    "InferencingResult",
    "InferencingUsage",
    "InvalidInput",
    "Llm",
    "ModelNotSupported",
    "RuntimeFailed",
]
