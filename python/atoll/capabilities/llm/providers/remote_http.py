"""Models behind an HTTP API: Spin's own, or OpenAI's as many servers have it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any, ClassVar

import httpx
from msgspec import Struct

from atoll.capabilities.llm.apis import Api, DefaultApi, OpenAiApi
from atoll.capabilities.llm.endpoint import Endpoint
from atoll.capabilities.llm.provider import Embeddings, InferencingParams, InferencingResult, check
from atoll.capabilities.provider import Place
from atoll.manifest.fields import Choice, Doc

CONNECT_SECONDS = 10.0


class RemoteHttpConfig(Struct, kw_only=True):
    """The keys beside `type = "remote_http"`. Its text does not show the token."""

    url: Annotated[str, Doc("The server's address; the API's paths are appended to it.")]
    auth_token: Annotated[str, Doc("The token that is sent with each call.")]
    api_type: Annotated[
        str, Choice(("default", "open_ai")), Doc("The server's API: `default` is Spin's own, `open_ai` OpenAI's.")
    ] = "default"
    sampling: Annotated[
        bool, Doc("Also send `temperature` and `top_p` to `open_ai`; Spin does not, and some models refuse them.")
    ] = False
    timeout: Annotated[float, Doc("Seconds for one call, and between two pieces of a stream.")] = 300
    connections: Annotated[int, Doc("The most connections; further calls wait 10 seconds for one.")] = 64

    def __repr__(self) -> str:
        return "RemoteHttpConfig(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class RemoteHttp:
    """Passes calls on to the server."""

    Config: ClassVar[type[Struct]] = RemoteHttpConfig

    def __init__(self, config: RemoteHttpConfig, place: Place) -> None:
        if config.api_type not in {"default", "open_ai"}:
            raise ValueError("`api_type` is `default` or `open_ai`")
        if not config.timeout > 0 or config.connections < 1:
            raise ValueError("`timeout` and `connections` are above 0")
        connect = min(CONNECT_SECONDS, config.timeout)
        client = httpx.AsyncClient(
            base_url=_base(config),
            headers={"authorization": _authorization(config)},
            timeout=httpx.Timeout(config.timeout, connect=connect),
            # Shorter than servers keep a connection: a call on one that they just close would fail.
            limits=httpx.Limits(max_connections=config.connections, keepalive_expiry=2),
            # The prompt and the token would go along to wherever an answer points.
            follow_redirects=False,
        )
        self._endpoint = Endpoint(client, config.timeout, config.auth_token, config.connections)
        openai = config.api_type == "open_ai"
        self._api: Api = OpenAiApi(self._endpoint, sampling=config.sampling) if openai else DefaultApi(self._endpoint)

    async def infer(self, model: str, prompt: str, params: InferencingParams) -> InferencingResult:
        """The server's text."""
        check(params, model, prompt)
        return await self._api.infer(model, prompt, params)

    async def embed(self, model: str, texts: Sequence[str]) -> Embeddings:
        """The server's vectors."""
        check(InferencingParams(), model, *texts)
        return await self._api.embed(model, texts) if texts else Embeddings(embeddings=[])

    async def stream(self, model: str, prompt: str, params: InferencingParams) -> AsyncGenerator[str, None]:
        """The server's text in its pieces; in one with the API `default`."""
        check(params, model, prompt)
        async with aclosing(self._api.stream(model, prompt, params)) as pieces:
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        """Close the connections."""
        await self._endpoint.close()


def _base(config: RemoteHttpConfig) -> str:
    """Where the API's paths begin. OpenAI's begin with `/v1`, whether it was written or not."""
    try:
        url = httpx.URL(config.url)
    except httpx.InvalidURL:
        raise ValueError("the `url` of the models' server is no address") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo or url.query:
        raise ValueError("the `url` of the models' server must be `http(s)://host:port`, without user or query")
    base = config.url.rstrip("/")
    return base if config.api_type == "default" else base.removesuffix("/v1") + "/v1"


def _authorization(config: RemoteHttpConfig) -> str:
    token = config.auth_token
    if not token.isascii() or not (token + "x").isprintable():
        raise ValueError("the `auth_token` has characters that cannot be sent")
    # Spin writes it small, and its proxy was made for that; OpenAI documents it with a capital.
    return f"bearer {token}" if config.api_type == "default" else f"Bearer {token}"
