"""A request as an event of API Gateway: format 1.0 (REST APIs) or 2.0 (HTTP APIs)."""

import base64
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from atoll.host.functions.ways import DEFAULT, Taken

_TEXTS = ("application/json", "application/javascript", "application/xml", "application/x-www-form-urlencoded")
_ACCOUNT = "000000000000"
_API = "atoll"
_MOST_PARAMETERS = 10_000
# What REST APIs say about clients that AWS knows; here, nobody is.
_IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)

Headers = list[tuple[str, str]]
"""Each byte of a value is a character (ISO 8859-1), for nothing says what else it would be."""
Fields = list[tuple[str, bytes]]
"""Headers as the data plane has them."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `headers` are lower-case, and without those of the host; `url` is the whole one."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    client: str
    scheme: str

    @classmethod
    def of(cls, method: str, uri: str, fields: Fields, body: bytes) -> "Request":
        """As the data plane hands it over: what the host says stands in headers of its own."""
        headers = [(name.lower(), value.decode("latin-1")) for name, value in fields]
        own = {name: value for name, value in headers if name.startswith("spin-")}
        path, _, query = uri.partition("?")
        return cls(
            method=method,
            path=path,
            query=query,
            headers=[(name, value) for name, value in headers if not name.startswith("spin-")],
            body=body,
            client=own.get("spin-client-addr", "").rpartition(":")[0].strip("[]"),
            scheme=own.get("spin-full-url", "http").partition(":")[0],
        )

    def header(self, name: str) -> str | None:
        """The last value of a header."""
        return next((value for own, value in reversed(self.headers) if own == name), None)


def event(request: Request, taken: Taken) -> dict[str, Any]:
    """The event for a function."""
    text, is_base64 = _body(request)
    common = {"body": text, "isBase64Encoded": is_base64}
    return (_first if taken.way.payload == "1.0" else _second)(request, taken) | common


def _first(request: Request, taken: Taken) -> dict[str, Any]:
    """Format 1.0; what is empty is null."""
    headers = _grouped(_forwarded(request))
    query = _grouped(_parameters(request.query))
    resource = "/{proxy+}" if taken.way.path == DEFAULT else taken.way.path
    now = time.time()
    return {
        "resource": resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": {name: many[-1] for name, many in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: many[-1] for name, many in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": taken.parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": _ACCOUNT,
            "apiId": _API,
            "domainName": request.header("host") or "",
            "domainPrefix": (request.header("host") or "").partition(".")[0],
            "extendedRequestId": uuid4().hex,
            "httpMethod": request.method,
            "identity": dict.fromkeys(_IDENTITY)
            | {"sourceIp": request.client, "userAgent": request.header("user-agent")},
            "path": f"/{taken.way.stage}{request.path}",
            "protocol": "HTTP/1.1",
            "requestId": str(uuid4()),
            "requestTime": _written(now),
            "requestTimeEpoch": int(now * 1000),
            "resourceId": resource,
            "resourcePath": resource,
            "stage": taken.way.stage,
        },
    }


def _second(request: Request, taken: Taken) -> dict[str, Any]:
    """Format 2.0; what is empty is left out."""
    way = taken.way
    key = DEFAULT if way.path == DEFAULT else f"{'ANY' if way.method == '*' else way.method} {way.path}"
    query = _grouped(_parameters(request.query))
    cookies = [one.strip() for name, value in request.headers if name == "cookie" for one in value.split(";")]
    now = time.time()
    found: dict[str, Any] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": {name: ",".join(many) for name, many in _grouped(_forwarded(request)).items()},
        "requestContext": {
            "accountId": _ACCOUNT,
            "apiId": _API,
            "domainName": request.header("host") or "",
            "domainPrefix": (request.header("host") or "").partition(".")[0],
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.client,
                "userAgent": request.header("user-agent") or "",
            },
            "requestId": str(uuid4()),
            "routeKey": key,
            "stage": DEFAULT,
            "time": _written(now),
            "timeEpoch": int(now * 1000),
        },
    }
    more: dict[str, Any] = {
        "cookies": [one for one in cookies if one],
        "queryStringParameters": {name: ",".join(many) for name, many in query.items()},
        "pathParameters": taken.parameters,
    }
    return found | {name: value for name, value in more.items() if value}


def _body(request: Request) -> tuple[str | None, bool]:
    """The body as text where it is one, else in base64; no body is null."""
    if not request.body:
        return None, False
    kind = (request.header("content-type") or "text/plain").partition(";")[0].strip().lower()
    is_text = kind.startswith("text/") or kind in _TEXTS or kind.endswith(("+json", "+xml"))
    if is_text and request.header("content-encoding") is None:
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _forwarded(request: Request) -> Headers:
    """The request's headers, with those in which a gateway says whom it answers."""
    before = [value for name, value in request.headers if name == "x-forwarded-for"]
    port = (request.header("host") or "").rpartition(":")[2]
    own = {
        "x-forwarded-for": ", ".join([*before, request.client]),
        "x-forwarded-port": port if port.isdigit() else {"http": "80", "https": "443"}.get(request.scheme, ""),
        "x-forwarded-proto": request.scheme,
    }
    return [one for one in request.headers if one[0] not in own] + [*own.items()]


def _parameters(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)[:_MOST_PARAMETERS]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _written(seconds: float) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(seconds))
