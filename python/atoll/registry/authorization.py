"""What a registry wants to see before it answers: nothing, a password, or a token of its own token service."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import msgspec

from atoll.errors import UserError
from atoll.registry import credentials
from atoll.registry.credentials import Credentials
from atoll.registry.reference import is_local

_CLIENT = "atoll"
_MAX_TOKEN_BYTES = 1 << 20
_SCHEME = re.compile(r"\s*(?P<scheme>[A-Za-z]+)\s+(?P<rest>.*)", re.DOTALL)
_PARAMETER = re.compile(r'(?P<name>[A-Za-z]+)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s,]+))')


class _Token(msgspec.Struct):
    token: str | None = None
    access_token: str | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a registry asked for."""

    scheme: str
    parameters: dict[str, str]


class Authorization:
    """The headers for one registry, by what is to be done where. May be used by several threads.

    `http` gives the connections for a scheme.
    """

    def __init__(self, http: Callable[[str], httpx.Client], registry: str, given: Credentials | None = None) -> None:
        self._http = http
        self._registry = registry
        self._given = given
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def header(self, scope: str) -> str | None:
        """The value to send for that scope, as far as it is known from earlier challenges."""
        return self._known.get(scope)

    def answer(self, header: str, scope: str) -> str | None:
        """The value that meets a challenge; None if nothing can be said that was not said.

        Raises UserError `registry-denied` if the token service refuses, `registry-unreachable` if it does not answer.
        """
        with self._lock:
            given = self._given or credentials.find(self._registry)
            challenge = parse(header)
            if challenge is None:
                return None
            value = self._basic(given) if challenge.scheme == "basic" else self._token(challenge, scope, given)
            if value is None:
                return None
            self._known[scope] = value
            return value

    def _basic(self, given: Credentials | None) -> str | None:
        return given.basic if given is not None and not given.identity else None

    def _token(self, challenge: Challenge, scope: str, given: Credentials | None) -> str | None:
        realm = challenge.parameters.get("realm", "")
        self._check_realm(realm, given)
        http = self._http(urlsplit(realm).scheme)
        service = challenge.parameters.get("service", "")
        wanted: dict[str, str | list[str]] = {"scope": scope.split(" ")} | ({"service": service} if service else {})
        try:
            if given is not None and given.identity:
                form = {"grant_type": "refresh_token", "refresh_token": given.password, "client_id": _CLIENT, **wanted}
                response = http.post(realm, data=form)
            else:
                headers = {"authorization": given.basic} if given is not None else {}
                response = http.get(realm, params=wanted, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UserError(
                "registry-unreachable", f"the token service of {self._registry} does not answer: {error}"
            ) from None
        if response.status_code in (401, 403):
            return None
        return f"Bearer {self._token_of(response)}"

    def _token_of(self, response: httpx.Response) -> str:
        try:
            if not response.is_success or len(response.content) > _MAX_TOKEN_BYTES:
                raise ValueError
            read = msgspec.json.decode(response.content, type=_Token)
            token = read.token or read.access_token or ""
            if not token or not token.isascii() or not token.isprintable():
                raise ValueError
        except ValueError:  # also msgspec's errors
            raise UserError(
                "registry-failed",
                f"the token service of {self._registry} answers {response.status_code} without a token",
            ) from None
        return token

    def _check_realm(self, realm: str, given: Credentials | None) -> None:
        """A password is not sent in the clear because a registry says so."""
        parts = urlsplit(realm)
        if parts.scheme == "https" or (parts.scheme == "http" and (given is None or is_local(parts.netloc))):
            return
        raise UserError(
            "registry-failed",
            f'{self._registry} names "{realm}" as its token service, which is not an https address',
            "nothing was sent there; ask whoever runs the registry",
        )


def parse(header: str) -> Challenge | None:
    """Read a `WWW-Authenticate` header: the first challenge of a known scheme. None if there is none."""
    match = _SCHEME.match(header)
    if match is None or match["scheme"].lower() not in ("basic", "bearer"):
        return None
    found = _PARAMETER.finditer(match["rest"])
    named = {one["name"].lower(): one["quoted"] if one["quoted"] is not None else one["bare"] for one in found}
    return Challenge(match["scheme"].lower(), named)
