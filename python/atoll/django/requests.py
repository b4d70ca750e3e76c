"""A request of Django's as the app is asked: its scope, as ASGI has it, and its body."""

from itertools import chain
from typing import Any

from django.http import HttpRequest

from atoll.web.paths import below

_PORTION = 64 << 10


def is_asgi(request: HttpRequest) -> bool:
    """Whether a server of ASGI brought it."""
    return hasattr(request, "scope")


class Body:
    """A request's body: `whole`, or else in portions."""

    def __init__(self, request: HttpRequest) -> None:
        first = request.read(_PORTION)
        second = request.read(_PORTION) if first else b""
        self.whole: bytes | None = None if second else first
        self.is_left = self.whole is None
        self._portions = chain((first, second), iter(lambda: request.read(_PORTION), b""))

    def give(self, call: Any) -> None:
        """Give the call, which has room, the next portion, or the end."""
        portion = next(self._portions, b"")
        self.is_left = bool(portion)
        call.give(portion, self.is_left)


def scope_of(request: HttpRequest, path: str | None) -> dict[str, Any]:
    """The request as ASGI says it. What of its path lies before the part that the app sees is its mount."""
    given: dict[str, Any] | None = getattr(request, "scope", None)
    scope = _of_wsgi(request) if given is None else dict(given)
    prefix, raw = str(request.META.get("SCRIPT_NAME") or "").rstrip("/"), scope.get("raw_path")
    return scope | {
        "scheme": request.scheme,
        "path": prefix + request.path_info,
        "raw_path": below(prefix, raw) if raw else None,
        "root_path": prefix + request.path_info.removesuffix(request.path_info if path is None else path),
        "query_string": str(request.META.get("QUERY_STRING", "")).encode("latin-1"),
        "extensions": {},
    }


def _of_wsgi(request: HttpRequest) -> dict[str, Any]:
    meta = request.META
    raw = str(meta.get("RAW_URI") or meta.get("REQUEST_URI") or "")
    # Some servers write an empty length or type where the client wrote none.
    headers = {name.lower(): value for name, value in request.headers.items() if value}
    # Where the client named no host, it meant the server's own name.
    headers.setdefault("host", _own_name(request))
    return {
        "type": "http",
        "http_version": str(meta.get("SERVER_PROTOCOL", "HTTP/1.1")).removeprefix("HTTP/"),
        "method": request.method,
        "raw_path": raw.partition("?")[0].encode("latin-1") if raw.startswith("/") else None,
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": (meta.get("REMOTE_ADDR", ""), int(meta.get("REMOTE_PORT") or 0)),
    }


def _own_name(request: HttpRequest) -> str:
    name, port = request.META.get("SERVER_NAME", "localhost"), request.get_port()
    return str(name) if port == ("443" if request.is_secure() else "80") else f"{name}:{port}"
