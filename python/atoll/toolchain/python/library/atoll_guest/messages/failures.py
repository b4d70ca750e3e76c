"""What can go wrong with a request to another server, as exceptions that say what to do."""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import urlsplit

from wit_world.imports import wasi_http_types as wasi

from atoll_guest.errors import Refused

__all__ = ("HttpError", "HttpRefused", "HttpTimeout", "failure")


class HttpError(Exception):
    """No answer came, or none that could be read."""


class HttpRefused(HttpError, Refused):
    """The component may not ask this server: its manifest does not grant it."""


class HttpTimeout(HttpError, TimeoutError):
    """The answer took longer than it was given."""


_LATE = (
    wasi.ErrorCode_DnsTimeout,
    wasi.ErrorCode_ConnectionTimeout,
    wasi.ErrorCode_ConnectionReadTimeout,
    wasi.ErrorCode_ConnectionWriteTimeout,
    wasi.ErrorCode_HttpResponseTimeout,
)


def failure(code: wasi.ErrorCode, url: str) -> HttpError:
    """The exception for an error code of `wasi:http`."""
    match code:
        case wasi.ErrorCode_HttpRequestDenied():
            parts = urlsplit(url)
            origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
            return HttpRefused(f'{url} is not allowed: add "{origin}" to `allowed_outbound_hosts` of the component')
        case wasi.ErrorCode_DestinationIpProhibited():
            return HttpRefused(f"{url} is not allowed: its address is in a network that the server blocks")
    kind = HttpTimeout if isinstance(code, _LATE) else HttpError
    return kind(f"{url} failed: {_words(code)}")


def _words(code: wasi.ErrorCode) -> str:
    """`ErrorCode_ConnectionRefused` is `connection refused`; what it carries is added."""
    said = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(code).__name__.partition("_")[2]).lower()
    carried = [getattr(code, field.name) for field in dataclasses.fields(code)]
    return ": ".join([said, *(str(each) for each in carried if each is not None)])
