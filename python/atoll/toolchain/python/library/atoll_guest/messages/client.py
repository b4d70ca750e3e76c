"""Asking other servers, over the host's own client: `get`, `post`, `request`.

What comes back is an answer on its way. The request is sent at once; the first look at the answer waits for it, and so does
`await`, while other tasks go on. Requests that are made one after the other and looked at later run at the same time.
"""

from __future__ import annotations

import json as json_format
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import wit_world.imports.wasi_http_outgoing as outgoing
from componentize_py_types import Err
from wit_world.imports import wasi_clocks_monotonic as clock
from wit_world.imports import wasi_http_types as wasi
from wit_world.imports.wasi_io_poll import Pollable

from atoll_guest.messages.exchange import NANOSECONDS, ClientResponse, Sending
from atoll_guest.messages.failures import HttpError, HttpRefused, HttpTimeout, failure
from atoll_guest.messages.request import METHODS
from atoll_guest.messages.response import encoded
from atoll_guest.messages.values import Headers, HeaderSource

__all__ = (
    "ClientResponse",
    "HttpError",
    "HttpRefused",
    "HttpTimeout",
    "RequestBody",
    "delete",
    "get",
    "patch",
    "post",
    "put",
    "request",
)

RequestBody = bytes | str | Iterable[bytes | str] | None
"""What a request's body is made of; text is sent as UTF-8, pieces one by one."""

_LONGEST = 1 << 62
_AT_ONCE = 1 << 16


def request(
    method: str,
    url: str,
    *,
    headers: HeaderSource = (),
    body: RequestBody = None,
    json: Any = None,
    timeout: float | None = 30,
) -> ClientResponse:
    """Ask another server. The body is bytes, text, pieces of either, or a value that is sent as JSON.

    `timeout` is how many seconds the answer may take to begin, and then each of its pieces. Raises HttpRefused where the manifest
    does not allow it, ValueError for what is no URL of `http` or `https`; other troubles are raised when the answer is looked at.
    """
    sent = Headers.of(headers)
    if json is not None:
        body = json_format.dumps(json, ensure_ascii=False)
        sent.setdefault("content-type", "application/json")
    whole = encoded(body) if isinstance(body, bytes | str) else None
    pieces = () if body is None or isinstance(body, bytes | str) else body
    if whole is not None:
        pieces = (whole,)
        sent.setdefault("content-length", str(len(whole)))
    message = _message(method, url, sent)
    content = None if body is None else message.body()
    lasting = None if timeout is None else min(int(timeout * NANOSECONDS), _LONGEST)
    try:
        pending = outgoing.handle(message, _options(lasting))
    except Err as error:
        raise failure(error.value, url) from None
    sending = Sending(content, pieces)
    if whole is not None and len(whole) <= _AT_ONCE:
        sending.send(Pollable.block)
    return ClientResponse(pending, sending, url, None if lasting is None else clock.now() + lasting)


def get(url: str, *, headers: HeaderSource = (), timeout: float | None = 30) -> ClientResponse:
    """Ask for what is there: `request` with `GET`."""
    return request("GET", url, headers=headers, timeout=timeout)


def delete(url: str, *, headers: HeaderSource = (), timeout: float | None = 30) -> ClientResponse:
    """Ask to remove it: `request` with `DELETE`."""
    return request("DELETE", url, headers=headers, timeout=timeout)


def post(
    url: str, *, headers: HeaderSource = (), body: RequestBody = None, json: Any = None, timeout: float | None = 30
) -> ClientResponse:
    """Send something: `request` with `POST`."""
    return request("POST", url, headers=headers, body=body, json=json, timeout=timeout)


def put(
    url: str, *, headers: HeaderSource = (), body: RequestBody = None, json: Any = None, timeout: float | None = 30
) -> ClientResponse:
    """Put something in its place: `request` with `PUT`."""
    return request("PUT", url, headers=headers, body=body, json=json, timeout=timeout)


def patch(
    url: str, *, headers: HeaderSource = (), body: RequestBody = None, json: Any = None, timeout: float | None = 30
) -> ClientResponse:
    """Change something: `request` with `PATCH`."""
    return request("PATCH", url, headers=headers, body=body, json=json, timeout=timeout)


def _message(method: str, url: str, headers: Headers) -> wasi.OutgoingRequest:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"{url!r} is no URL of http or https: write it with its scheme and host")
    try:
        fields = wasi.Fields.from_list(headers.sent())
    except Err:
        raise ValueError(f"a header is not well-formed, or not to be sent: {', '.join(headers)}") from None
    message = wasi.OutgoingRequest(fields)
    kind = METHODS.get(method)
    message.set_method(wasi.Method_Other(method) if kind is None else kind())
    message.set_scheme(wasi.Scheme_Https() if parts.scheme == "https" else wasi.Scheme_Http())
    message.set_authority(parts.netloc)
    message.set_path_with_query((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    return message


def _options(lasting: int | None) -> wasi.RequestOptions | None:
    if lasting is None:
        return None
    options = wasi.RequestOptions()
    options.set_between_bytes_timeout(lasting)
    return options
