"""A response, as a handler gives it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Iterable
from typing import Any, Self

from atoll_guest.messages.values import Headers, HeaderSource

__all__ = ("Body", "Response", "encoded")

Body = bytes | str | Iterable[bytes | str] | AsyncIterable[bytes | str]
"""What a body is made of; pieces of an iterable are sent as they come, text as UTF-8."""


class Response:
    """A status, headers, and a body: bytes, text, or an iterable of either, which is sent piece by piece.

    `headers` is a mapping or pairs of name and value. A body of bytes or text gets its `content-length`.
    """

    def __init__(self, status: int = 200, headers: HeaderSource = (), body: Body = b"") -> None:
        self.status = status
        self.headers = Headers.of(headers)
        self.body: bytes | Iterable[bytes | str] | AsyncIterable[bytes | str]
        self.body = body.encode() if isinstance(body, str) else body

    @classmethod
    def text(cls, text: str, status: int = 200, headers: HeaderSource = ()) -> Self:
        """Plain text."""
        return cls._typed("text/plain; charset=utf-8", text, status, headers)

    @classmethod
    def html(cls, text: str, status: int = 200, headers: HeaderSource = ()) -> Self:
        """A page."""
        return cls._typed("text/html; charset=utf-8", text, status, headers)

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: HeaderSource = ()) -> Self:
        """A value as JSON. Raises TypeError for what JSON does not know."""
        return cls._typed("application/json", json.dumps(value, ensure_ascii=False), status, headers)

    @classmethod
    def redirect(cls, location: str, status: int = 302, headers: HeaderSource = ()) -> Self:
        """To another place: an absolute URL, or a path."""
        made = cls(status, headers)
        made.headers["location"] = location
        return made

    @classmethod
    def _typed(cls, kind: str, text: str, status: int, headers: HeaderSource) -> Self:
        made = cls(status, headers, text)
        made.headers.setdefault("content-type", kind)
        return made

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


def encoded(piece: bytes | str) -> bytes:
    """A piece of a body as it is sent."""
    return piece.encode() if isinstance(piece, str) else bytes(piece)
