"""HTTP requests of plug-ins: to the hosts that the manifest allows, at each hop, and within its limits."""

import asyncio
import os
import re
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from fnmatch import translate
from functools import cache
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
import msgspec

from atoll.extism.errors import Error

MOST_BYTES = 50 << 20
MOST_HOPS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_SAFE = {"GET", "HEAD"}
_DEFAULTS = {"accept-encoding": "identity", "user-agent": "atoll"}


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Where answers are awaited, in a thread of its own: what bounds a whole exchange is a task's time alone."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="atoll-extism", daemon=True).start()
    return made


# A child of a fork has no thread but the one that forked.
os.register_at_fork(after_in_child=_loop.cache_clear)


@cache
def _trust() -> ssl.SSLContext:
    """Whom the machine trusts; to read that takes a tenth of a second."""
    return httpx.create_ssl_context(trust_env=False)


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """What a plug-in asks for."""

    url: str
    headers: dict[str, str] = {}
    method: str | None = None


class Response(NamedTuple):
    """What was answered."""

    status: int
    body: bytes


class Rules(NamedTuple):
    """Patterns of allowed hosts, the most bytes of a response, and the seconds that all hops have together."""

    hosts: Sequence[str]
    most: int
    seconds: float


def read(data: bytes) -> Request:
    """A plug-in's request. Raises Error for what is none."""
    try:
        return msgspec.json.decode(data, type=Request)
    except msgspec.DecodeError as error:
        raise Error(f"the HTTP request is none: {error}") from error


def allowed(url: str, hosts: Sequence[str]) -> httpx.URL:
    """The URL, if a pattern matches its host: `*` stands for anything, `?` for a character. Raises Error."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise Error(f"Invalid URL: {error}") from error
    if not parsed.host:
        raise Error(f"Invalid URL: `{url}` has no host")
    if not any(re.match(translate(pattern), parsed.host) for pattern in hosts):
        raise Error(f"HTTP request to {url} is not allowed")
    if parsed.scheme not in ("http", "https"):
        raise Error(f"bad uri: unknown scheme: {parsed.scheme}")
    return parsed


def send(request: Request, body: bytes | None, rules: Rules) -> Future[Response]:
    """Ask. What comes may be an Error, or TimeoutError when its time is over; to cancel it ends the exchange."""
    client = httpx.AsyncClient(timeout=None, trust_env=False, verify=_trust())
    return asyncio.run_coroutine_threadsafe(_answered(client, request, body, rules), _loop())


async def _answered(client: httpx.AsyncClient, request: Request, body: bytes | None, rules: Rules) -> Response:
    try:
        async with asyncio.timeout(rules.seconds), client:
            return await _followed(client, request, body, rules)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, UnicodeEncodeError) as error:
        raise Error(f"HTTP request to {request.url} failed: {_reason(error)}") from error


def _reason(error: BaseException) -> str:
    """What its last cause says: the first says no more than that there was one."""
    while before := error.__cause__ or error.__context__:
        error = before
    return str(error)


async def _followed(client: httpx.AsyncClient, request: Request, body: bytes | None, rules: Rules) -> Response:
    method, url, headers = (request.method or "GET").upper(), request.url, _DEFAULTS | request.headers
    for _ in range(MOST_HOPS + 1):
        asked = client.build_request(method, allowed(url, rules.hosts), headers=headers, content=body)
        response = await _hop(client, asked, rules.most)
        location = response.headers.get("location")
        if response.status_code not in _REDIRECTS or location is None:
            return Response(response.status_code, response.content)
        if method not in _SAFE and response.status_code in (307, 308):
            raise Error("redirect failed")
        method, body, following = method if method == "HEAD" else "GET", None, urljoin(url, location)
        headers = _following(headers, url, following)
        url = following
    raise Error("too many redirects")


def _following(headers: dict[str, str], url: str, following: str) -> dict[str, str]:
    """Credentials are for the host that they were given for; what describes the body goes with it."""
    left_out = {"content-length", "content-type"}
    if httpx.URL(url).netloc != httpx.URL(following).netloc:
        left_out |= {"authorization", "cookie"}
    return {name: value for name, value in headers.items() if name.lower() not in left_out}


async def _hop(client: httpx.AsyncClient, request: httpx.Request, most: int) -> httpx.Response:
    response = await client.send(request, stream=True)
    try:
        found = bytearray()
        async for portion in response.aiter_bytes():
            found += portion
            if len(found) > most:
                raise Error(f"HTTP response exceeds the configured maximum number of bytes: {most}")
        # Without the headers that say how the body was sent.
        location = [("location", one) for one in response.headers.get_list("location")]
        return httpx.Response(response.status_code, headers=location, content=bytes(found))
    finally:
        await response.aclose()
