"""One registry over HTTP: who may ask, where answers are, what its refusals mean, and how long one waits for them."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlencode

import httpx
import msgspec

from atoll import __version__
from atoll.errors import UserError, visible
from atoll.registry.authorization import Authorization
from atoll.registry.credentials import Credentials
from atoll.registry.reference import is_local

Content = bytes | Callable[[], Iterable[bytes]]

_API_HOSTS = {"docker.io": "registry-1.docker.io"}
_MAX_REDIRECTS = 5
_MAX_ERROR_BYTES = 64 << 10
_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a registry is waited for: seconds for a connection and between two reads; how often it is asked again.

    A whole answer may take `grace` seconds and as long as its bytes need at `rate` bytes a second.
    """

    connect: float = 10.0
    read: float = 30.0
    grace: float = 60.0
    rate: int = 16 << 10
    attempts: int = 3
    pause: float = 0.5


class _Failure(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Failures(msgspec.Struct):
    errors: list[_Failure] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `scope` is what a token has to be for, `repository` whom an error is about."""

    method: str
    path: str
    repository: str
    scope: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Content = b""


class Client:
    """Speaks to one registry. May be used by several threads.

    A registry of this machine is spoken to over plain HTTP, another one only if `plain_http` says so.
    """

    def __init__(
        self,
        registry: str,
        *,
        plain_http: bool = False,
        credentials: Credentials | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.registry = registry
        self.patience = patience or Patience()
        scheme = "http" if plain_http or is_local(registry) else "https"
        self.base = f"{scheme}://{_API_HOSTS.get(registry, registry)}"
        self._clients: dict[str, httpx.Client] = {}
        self._lock = threading.Lock()
        self.authorization = Authorization(self._http, registry, credentials)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections; who waits for one gets an error."""
        for client in self._clients.values():
            client.close()

    @contextmanager
    def open(self, asked: Asked) -> Iterator[httpx.Response]:
        """The answer, whose body has not been read. Raises UserError for one that says no, `registry-*`."""
        with closing(self._answer(asked)) as response:
            if not response.is_success:
                raise self._refusal(response, asked)
            yield response

    def ask(self, asked: Asked, most: int = _MAX_ERROR_BYTES) -> tuple[httpx.Response, bytes]:
        """The answer with its body, which may have that many bytes. Raises UserError `registry-*`."""
        with self.open(asked) as response:
            return response, self._body(response, most)

    def finds(self, asked: Asked) -> httpx.Response | None:
        """The answer to HEAD; None if there is no such thing. Raises UserError `registry-*` for other refusals."""
        with closing(self._answer(asked)) as response:
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            if not response.is_success:
                raise self._refusal(response, asked)
            return response

    def chunks(self, response: httpx.Response, size: int) -> Iterator[bytes]:
        """The body, as it comes. Raises UserError `registry-unreachable` if it breaks off or comes too slowly."""
        until = time.monotonic() + self.patience.grace + size / self.patience.rate
        try:
            for chunk in response.iter_raw():
                if time.monotonic() > until:
                    raise self._unreachable(f"it sends less than {self.patience.rate} bytes a second")
                yield chunk
        except httpx.HTTPError as error:
            raise self._unreachable(str(error) or type(error).__name__) from None

    def _http(self, scheme: str) -> httpx.Client:
        """The connections of that kind. To load the roots of TLS takes longer than to ask a registry that has none."""
        with self._lock:
            if scheme not in self._clients:
                self._clients[scheme] = httpx.Client(
                    verify=scheme == "https",
                    timeout=httpx.Timeout(self.patience.read, connect=self.patience.connect),
                    headers={"user-agent": f"atoll/{__version__}", "accept-encoding": "identity"},
                )
            return self._clients[scheme]

    def _body(self, response: httpx.Response, most: int) -> bytes:
        body = bytearray()
        for chunk in self.chunks(response, most):
            body += chunk
            if len(body) > most:
                raise UserError("registry-failed", f"{self.registry} answers with more than {most} bytes")
        return bytes(body)

    def _answer(self, asked: Asked) -> httpx.Response:
        """The last answer of several tries: one may have to say who one is, and a busy registry is asked again."""
        for attempt in range(1, self.patience.attempts + 1):
            is_last = attempt == self.patience.attempts
            try:
                response = self._authorized(asked)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                # Whether something that was sent has arrived is not known; only who may be asked twice, is.
                if is_last or asked.method not in ("GET", "HEAD"):
                    raise self._unreachable(str(error) or type(error).__name__) from None
                time.sleep(self.patience.pause * attempt)
                continue
            if response.status_code not in _AGAIN or is_last:
                return response
            response.close()
            time.sleep(_wait(response, self.patience.pause * 2**attempt))
        raise AssertionError("there is at least one attempt")

    def _authorized(self, asked: Asked) -> httpx.Response:
        response = self._redirected(asked, self.authorization.header(asked.scope))
        challenge = response.headers.get("www-authenticate")
        if response.status_code != httpx.codes.UNAUTHORIZED or challenge is None:
            return response
        value = self.authorization.answer(challenge, asked.scope)
        if value is None:
            return response
        response.close()
        return self._redirected(asked, value)

    def _redirected(self, asked: Asked, authorization: str | None) -> httpx.Response:
        """Follow redirects of what is only read: never from https to http, and to other hosts without one's secrets."""
        home = httpx.URL(self.base)
        url = home.join(asked.path)
        if asked.query:
            url = url.copy_with(query="&".join(filter(None, (url.query.decode(), urlencode(asked.query)))).encode())
        for _ in range(_MAX_REDIRECTS + 1):
            is_home = (url.scheme, url.netloc) == (home.scheme, home.netloc)
            headers = dict(asked.headers) | ({"authorization": authorization} if authorization and is_home else {})
            content = asked.content() if callable(asked.content) else asked.content
            http = self._http(url.scheme)
            request = http.build_request(asked.method, url, headers=headers, content=content or None)
            response = http.send(request, stream=True)
            if not response.has_redirect_location or asked.method not in ("GET", "HEAD"):
                return response
            response.close()
            url = url.join(response.headers["location"])
            if url.scheme not in ("http", "https") or (home.scheme == "https" and url.scheme != "https"):
                raise UserError("registry-failed", f"{self.registry} redirects to {url}, which is not an https address")
        raise UserError("registry-failed", f"{self.registry} redirects more than {_MAX_REDIRECTS} times")

    def _refusal(self, response: httpx.Response, asked: Asked) -> UserError:
        said = self._said(response)
        what = f"{self.registry}/{asked.repository}".rstrip("/")
        if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            verb = "written to" if "push" in asked.scope else "read"
            return UserError(
                "registry-denied",
                f"{what} must not be {verb} by whom you are there{said}",
                f"sign in with `atoll login {self.registry}` as someone who may, or mend the name",
            )
        if response.status_code == httpx.codes.NOT_FOUND:
            return UserError("artifact-missing", f"there is no {what}{said}", "mend the name, the tag or the digest")
        return UserError(
            "registry-failed", f"{what}: {self.registry} answers {response.status_code}{said}", "try again later"
        )

    def _said(self, response: httpx.Response) -> str:
        """The registry's own words, in brackets."""
        try:
            failures = msgspec.json.decode(self._body(response, _MAX_ERROR_BYTES), type=_Failures)
        except (UserError, msgspec.MsgspecError, RecursionError):
            return ""
        words = "; ".join(f"{one.code}: {one.message}".strip(": ") for one in failures.errors)
        return f" ({visible(words)[:500]})" if words else ""

    def _unreachable(self, why: str) -> UserError:
        return UserError(
            "registry-unreachable",
            f"{self.registry} cannot be reached: {why}",
            "check the name and the network; a registry without TLS that is not on this machine needs --insecure",
        )


def _wait(response: httpx.Response, otherwise: float) -> float:
    """How long a busy registry wants to be left alone, in seconds."""
    text = response.headers.get("retry-after", "")
    return min(float(text), 30.0) if text.isascii() and text.isdigit() else otherwise
