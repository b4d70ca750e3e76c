"""Values of Vault or OpenBao: the field `value` of secrets in a KV engine of version 2."""

import asyncio
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from atoll.capabilities.provider import Place
from atoll.capabilities.variables.provider import BackendFailed, Unreachable
from atoll.capabilities.variables.remote import CONNECT_SECONDS, Remote, RemoteConfig
from atoll.manifest.fields import Doc

_CONNECTIONS = 8
_MOST_BYTES = 4 << 20
# Sealed, standby without an active node, rate limited, in maintenance: it may be right again soon.
_PASSING = {412, 429, 472, 473, 500, 502, 503, 504}


class VaultConfig(RemoteConfig, kw_only=True):
    """The keys beside `type = "vault"`."""

    url: Annotated[str, Doc("The server's address, `https://host:port`.")]
    token: Annotated[str, Doc("The token to ask with.")]
    mount: Annotated[str, Doc("Where the KV engine (version 2) is mounted.")]
    prefix: Annotated[str | None, Doc("A folder in front of the variables' names.")] = None


class Vault(Remote):
    """Has the variable where the server has a secret of its name."""

    Config: ClassVar[type[Struct]] = VaultConfig
    backend: ClassVar[str] = "Vault"

    def __init__(self, config: VaultConfig, place: Place) -> None:
        super().__init__(config)
        url = _plain(config.url)
        folders = [config.mount, "data", config.prefix or ""]
        self._folder = "/v1/" + "/".join(quote(part.strip("/")) for part in folders if part.strip("/"))
        # Nobody waits within httpx: who gives up there can leave a connection behind that never ends.
        self._places = asyncio.Semaphore(_CONNECTIONS)
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"x-vault-token": _header(config.token), "x-vault-request": "true"},
            verify=config.trusted(place),
            timeout=httpx.Timeout(config.timeout, connect=min(CONNECT_SECONDS, config.timeout)),
            limits=httpx.Limits(max_connections=_CONNECTIONS),
            # The token would go along to wherever an answer points.
            follow_redirects=False,
        )

    async def close(self) -> None:
        """End what is under way and close the connections."""
        await super().close()
        await self._client.aclose()

    async def _ask(self, name: str) -> str | None:
        try:
            try:
                return await self._read(name)
            except httpx.RemoteProtocolError:
                # The server may have closed a connection at the moment in which it was used again.
                return await self._read(name)
        except httpx.HTTPError as error:
            raise Unreachable(f"Vault cannot be reached ({type(error).__name__})") from None

    async def _read(self, name: str) -> str | None:
        async with self._places, self._client.stream("GET", f"{self._folder}/{name}") as answer:
            return _value(answer.status_code, await _body(answer))


def _value(status: int, body: bytes) -> str | None:
    """What an answer says. Its text is never quoted: a secret may stand in it."""
    if status == 200:
        return _field(_json(body))
    if status == 404:
        # Nothing there, or a deleted version. An engine that is not there says so, and is the operator's mistake.
        if isinstance(errors := _json(body).get("errors"), list) and errors:
            raise BackendFailed("Vault has no KV engine of version 2 at this mount")
        return None
    if status in _PASSING:
        raise Unreachable(f"Vault answered with status {status}")
    if status == 403:
        raise BackendFailed("Vault does not permit the token to read this secret")
    raise BackendFailed(f"Vault answered with status {status}")


def _field(answer: dict[str, Any]) -> str:
    data = answer.get("data")
    secret = data.get("data") if isinstance(data, dict) else None
    value = secret.get("value") if isinstance(secret, dict) else None
    if not isinstance(value, str):
        raise BackendFailed("the secret in Vault has no text in its field `value`")
    return value


def _json(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise BackendFailed("what answered is not Vault") from None


async def _body(answer: httpx.Response) -> bytes:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > _MOST_BYTES:
            raise BackendFailed("Vault's answer is larger than any secret")
    return body


def _plain(text: str) -> str:
    """An address without user and password, which clients and servers would log."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise ValueError("the `url` of Vault is no address") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError("the `url` of Vault must be `http(s)://host:port`, without a user")
    return text.rstrip("/")


def _header(token: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("the `token` for Vault cannot be sent: it is empty or has characters that no token has")
    return token
