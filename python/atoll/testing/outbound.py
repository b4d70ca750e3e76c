"""Answers to the HTTP requests that guests send, by the test instead of the network.

The data plane sends all requests of an app's guests to one address of the loopback, with the site that each is for.
What all plugins of a process share is not one test's to say: to a plugin, a site is an address of its own.
"""

import re
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx

Answer = httpx.Response | Callable[[httpx.Request], httpx.Response]
"""A response, or what makes one of a request. A response is sent each time that it is asked for."""

_REFUSED = 502
# Seconds that a connection may be idle: a guest's may outlive its call.
_IDLE = 30
_FORWARDED = re.compile(r'host="(?P<host>[^"]+)";proto=(?P<proto>https?)')


class Unanswered(AssertionError):
    """Guests sent requests that nothing answers."""


class OutboundHttp:
    """Answers for all sites of the network, by method and URL.

    `requests` are all that came, in order; `unanswered` those that nothing answers: the guest got status 502.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.unanswered: list[httpx.Request] = []
        self._answers: list[tuple[str | None, httpx.URL | None, Answer]] = []
        self._sites: dict[str | None, _Site] = {}
        self._resources = ExitStack()

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, where requests for all sites are answered; `Forwarded` (RFC 7239) says for which one."""
        return self._site(None).address

    def at(self, site: str) -> str:
        """The address that stands for a site, `http://127.0.0.1:PORT`, for a plugin to be told in its place.

        Raises ValueError where it is no origin.
        """
        url = httpx.URL(site)
        if url.scheme not in ("http", "https") or not url.host or url.path not in ("", "/") or url.query:
            raise ValueError(f"a site is a scheme and a host, such as https://api.example.com; got {site!r}")
        return f"http://{self._site(str(url).rstrip('/')).address}"

    @property
    def granted(self) -> list[str]:
        """The addresses that stand for sites, as grants have them."""
        return [f"http://{site.address}" for origin, site in self._sites.items() if origin is not None]

    def _site(self, origin: str | None) -> "_Site":
        if origin not in self._sites:
            self._sites[origin] = self._resources.enter_context(_Site(origin, self.respond))
        return self._sites[origin]

    def answer(  # noqa: PLR0913 -- each is a keyword that a user may need alone
        self,
        url: str | None = None,
        response: Answer | None = None,
        *,
        method: str | None = None,
        status: int = 200,
        json: Any = None,
        text: str | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer requests to this URL with a response, with a function's, or with one made of these parts.

        Without `method` all methods; without `url` all requests. A URL without a query fits each query. The latest
        answer that fits is taken.
        """
        made = httpx.Response(status, headers=headers, json=json, text=text, content=content)
        wanted = None if url is None else httpx.URL(url)
        self._answers.append((method and method.upper(), wanted, made if response is None else response))

    def respond(self, request: httpx.Request) -> httpx.Response:
        """What answers a request: 502 where nothing does."""
        self.requests.append(request)
        for method, url, answer in reversed(self._answers):
            if method in (None, request.method) and (url is None or _fits(url, request.url)):
                return answer(request) if callable(answer) else answer
        self.unanswered.append(request)
        return httpx.Response(_REFUSED, text=f"the test has no answer for {_told(request)}\n")

    def check(self) -> None:
        """Raise Unanswered if a request was not answered."""
        if self.unanswered:
            lines = "".join(f"\n  {_told(request)}" for request in self.unanswered)
            raise Unanswered(f"guests sent HTTP requests that the test does not answer:{lines}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()


def _told(request: httpx.Request) -> str:
    return f"{request.method} {request.url}"


def _fits(wanted: httpx.URL, asked: httpx.URL) -> bool:
    same = (wanted.scheme, wanted.host, wanted.port, wanted.path) == (asked.scheme, asked.host, asked.port, asked.path)
    return same and (not wanted.query or sorted(wanted.params.multi_items()) == sorted(asked.params.multi_items()))


class _Site:
    """A server on a free port of the loopback, for one origin, or for all of them: None."""

    def __init__(self, origin: str | None, respond: Callable[[httpx.Request], httpx.Response]) -> None:
        handler = type("_Handling", (_Handler,), {"origin": origin, "respond": staticmethod(respond)})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        # Idle connections of guests would hold up the end.
        self._server.block_on_close = False
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="atoll-site", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    origin: str | None
    respond: Callable[[httpx.Request], httpx.Response]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        origin = self.origin or self._forwarded()
        request = httpx.Request(self.command, origin + self.path, headers=self._headers(), content=self._body())
        try:
            response = self.respond(request)
        except Exception as error:
            response = httpx.Response(500, text=f"the test's answer raised {error!r}\n")
        self._send(response)

    def log_message(self, *_: object) -> None:
        """Requests are kept, not printed."""

    def _forwarded(self) -> str:
        found = _FORWARDED.fullmatch(self.headers.get("forwarded", ""))
        return f"{found['proto']}://{found['host']}" if found else f"http://{self.headers['host']}"

    def _headers(self) -> list[tuple[str, str]]:
        left_out = {"host", "content-length", "transfer-encoding", "connection", "forwarded"}
        return [(name, value) for name, value in self.headers.items() if name.lower() not in left_out]

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        body = b""
        while length := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(length)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _send(self, response: httpx.Response) -> None:
        body = response.read()
        self.send_response_only(response.status_code, response.reason_phrase)
        for name, value in response.headers.multi_items():
            if name.lower() not in ("content-length", "transfer-encoding", "content-encoding"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
