"""Models on this machine, from GGUF files, through llama.cpp. Nothing is downloaded."""

import asyncio
import importlib.util
import math
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Struct, field

from atoll.capabilities.llm.apis import VectorList
from atoll.capabilities.llm.gate import Gate
from atoll.capabilities.llm.models import Models, Use
from atoll.capabilities.llm.process import ModelProcess
from atoll.capabilities.llm.provider import (
    Embeddings,
    InferencingParams,
    InferencingResult,
    InferencingUsage,
    InvalidInput,
    ModelNotSupported,
    RuntimeFailed,
    check,
)
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Choice, Doc

_MOST_TEXTS = 2048
# What the library's numbers hold.
_MOST_INT = (1 << 31) - 1
# The library keeps room for as many tokens as it is told to look back.
_MOST_LOOK_BACK = 1 << 16


class SpinConfig(Struct, kw_only=True):
    """The keys beside `type = "spin"`."""

    models: Annotated[dict[str, str], Doc("GGUF files by the models' names, relative to the config file.")] = field(
        default_factory=dict
    )
    models_dir: Annotated[
        str | None,
        Doc("A folder with `NAME.gguf`, or laid out as Spin's; by default `ai-models` of the state."),
    ] = None
    context_size: Annotated[int, Doc("Tokens of prompt and answer together; 0 is what the model was trained with.")] = (
        4096
    )
    pooling: Annotated[
        str,
        Choice(("model", "mean", "cls", "last")),
        Doc("How the vectors of a text's tokens become one; `model` is what its file says."),
    ] = "model"
    threads: Annotated[int, Doc("Threads of a model; 0 is one a core.")] = 0
    concurrency: Annotated[int, Doc("Calls that a model answers at once.")] = 2
    queue: Annotated[int, Doc("Calls that may wait for a model; further ones fail at once.")] = 32
    max_loaded: Annotated[int, Doc("Models that are in memory at once; the least used one makes room.")] = 2
    timeout: Annotated[float, Doc("Seconds for one call, waiting and loading included.")] = 300
    load_timeout: Annotated[float, Doc("Seconds for a model to be loaded.")] = 120


class Spin:
    """Runs each model in a process of its own."""

    Config: ClassVar[type[Struct]] = SpinConfig

    def __init__(self, config: SpinConfig, place: Place) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise ImportError("local models need llama.cpp: pip install 'atoll[llm]'")
        _validate(config)
        self._config = config
        self._files = {name: place.config / file for name, file in config.models.items()}
        folder = config.models_dir
        self._folder = place.state / "ai-models" if folder is None else place.config / folder
        self._models = Models(self._start, config.max_loaded, lambda: Gate(config.concurrency, config.queue))

    async def infer(self, model: str, prompt: str, params: InferencingParams) -> InferencingResult:
        """The text that the model makes of the bare prompt: its own marks for roles are the guest's to write."""
        check(params, model, prompt)
        async with self._within_time(), aclosing(self._pieces(model, prompt, params)) as answer:
            pieces = [piece async for piece in answer]
        # The last piece has the counts. The library makes one token also where none is asked for.
        made = pieces[-1].tokens_predicted if pieces and params.max_tokens else 0
        read = pieces[-1].tokens_evaluated if pieces else 0
        return InferencingResult(
            text="".join(piece.content for piece in pieces) if made else "",
            usage=InferencingUsage(prompt_token_count=read, generated_token_count=made),
        )

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """The model's vectors, of length 1."""
        check(InferencingParams(), model, *texts)
        if len(texts) > _MOST_TEXTS:
            raise InvalidInput(f"more than {_MOST_TEXTS} texts")
        async with self._within_time(), self._asked(model, embedding=True) as process:
            if not texts:
                return Embeddings(embeddings=[])
            try:
                answer = await process.endpoint.ask("v1/embeddings", {"input": list(texts)}, VectorList)
            except RuntimeFailed as failed:
                # The library takes a text that does not fit for a fault of its own.
                raise InvalidInput(str(failed)) if "too large" in str(failed) else failed from None
        return answer.embeddings(len(texts))

    async def stream(self, model: str, prompt: str, params: InferencingParams) -> AsyncGenerator[str, None]:
        """The text of `infer` as it is made; the time of one call is that between two pieces."""
        check(params, model, prompt)
        async with aclosing(self._pieces(model, prompt, params)) as pieces:
            async for piece in pieces:
                if piece.content and params.max_tokens:
                    yield piece.content

    async def close(self) -> None:
        """End the models' processes."""
        await self._models.close()

    async def _pieces(self, model: str, prompt: str, params: InferencingParams) -> AsyncGenerator["_Piece", None]:
        """A stream also where the whole is wanted: only of that the library notices soon that nobody listens."""
        async with (
            self._asked(model, embedding=False) as process,
            aclosing(process.endpoint.pieces("completion", _body(prompt, params), _Piece)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    @asynccontextmanager
    async def _within_time(self) -> AsyncGenerator[None, None]:
        try:
            async with asyncio.timeout(self._config.timeout):
                yield
        except TimeoutError:
            raise RuntimeFailed(f"the model did not answer within {self._config.timeout:g} s") from None

    @asynccontextmanager
    async def _asked(self, model: str, *, embedding: bool) -> AsyncGenerator[ModelProcess, None]:
        async with self._models.process(Use(self._file(model), embedding)) as process:
            yield process

    def _file(self, model: str) -> Path:
        """The model's file. No path is made of the name, which is the guest's."""
        listed = self._files.get(model) or _found(self._folder, model)
        if listed is None:
            raise ModelNotSupported("there is no model of this name")
        return listed

    async def _start(self, use: Use) -> ModelProcess:
        config = self._config
        if not use.file.is_file():
            raise RuntimeFailed(f"the model's file {use.file.name} is not there")
        job: dict[str, Any] = {
            "file": str(use.file),
            "embedding": use.embedding,
            "calls": config.concurrency,
            "context_size": config.context_size,
            "pooling": config.pooling,
            "threads": config.threads,
        }
        return await ModelProcess.start(job, config.timeout, config.load_timeout)


def _found(folder: Path, model: str) -> Path | None:
    """`NAME.gguf`, or where Spin keeps models: `ARCHITECTURE/NAME/` for texts and `NAME/` for embeddings."""
    for file in [*folder.glob("*.gguf"), *folder.glob("*/*.gguf")]:
        if file.stem == model:
            return file
    for own in [*folder.glob("*/"), *folder.glob("*/*/")]:
        if own.name == model:
            # Of a model in several files the first is named; llama.cpp finds the others.
            return min(own.glob("*.gguf"), default=own / f"{model}.gguf")
    return None


class _Piece(Struct):
    """What llama.cpp streams."""

    content: str
    tokens_evaluated: int = 0
    tokens_predicted: int = 0


def _body(prompt: str, params: InferencingParams) -> dict[str, object]:
    return {
        "prompt": prompt,
        "stream": True,
        "n_predict": min(params.max_tokens, _MOST_INT),
        "repeat_penalty": params.repeat_penalty,
        "repeat_last_n": min(params.repeat_penalty_last_n_token_count, _MOST_LOOK_BACK),
        "temperature": params.temperature,
        "top_k": min(params.top_k, _MOST_INT),
        "top_p": params.top_p,
        "cache_prompt": False,
    }


def _validate(config: SpinConfig) -> None:
    counts = {"concurrency": 1, "max_loaded": 1, "queue": 0, "threads": 0, "context_size": 0}
    wrong = [name for name, least in counts.items() if getattr(config, name) < least]
    wrong += [name for name in ("timeout", "load_timeout") if not 0 < getattr(config, name) < math.inf]
    if config.pooling not in {"model", "mean", "cls", "last"}:
        wrong.append("pooling")
    if wrong:
        raise ValueError(f"values of the local models that cannot be: {', '.join(wrong)}")
