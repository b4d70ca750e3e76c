"""What a function gives as a response, read as API Gateway reads it."""

import base64
import binascii
import json
import re
from typing import Any

from atoll.host.functions.event import Headers, Request
from atoll.host.functions.ways import Cors, Taken, Way

Response = tuple[int, Headers, bytes]

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")
# The length and the connection are the host's to say; WASI lets no guest say more of it.
_OF_HOST = {
    *("connection", "content-length", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authorization"),
    *("proxy-connection", "transfer-encoding", "upgrade"),
}
_MAX_HEADERS = 500
_MAX_HEADER_BYTES = 64 << 10
_JSON = "application/json"
_PLAIN = "text/plain; charset=utf-8"
_METHODS = "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS"


class Malformed(Exception):
    """A function gave what is no response; the text says why."""


def response(output: bytes, way: Way) -> Response:
    """The response that a function's output is. Raises Malformed."""
    try:
        given = json.loads(output)
    except (ValueError, RecursionError):
        shown = output[:60].decode("utf-8", "replace")
        raise Malformed(f"what it gave is not JSON: {shown!r}" if output.strip() else "it gave nothing") from None
    if way.payload != "1.0" and not (isinstance(given, dict) and "statusCode" in given):
        # Format 2.0 takes any other value for the body itself.
        body = given if isinstance(given, str) else json.dumps(given, separators=(",", ":"), ensure_ascii=False)
        return 200, [("content-type", _JSON)], body.encode("utf-8", "replace")
    if not isinstance(given, dict):
        raise Malformed("a response of format 1.0 is an object with `statusCode`")
    headers = _headers(given)
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", _JSON if way.payload == "1.0" else _PLAIN))
    return _status(given), headers, _body(given)


def failed(status: int, message: str) -> Response:
    """A response of the gateway's own."""
    return status, [("content-type", _JSON)], json.dumps({"message": message}).encode()


def preflight(request: Request, ways: list[Taken]) -> Response | None:
    """What a browser is told that asks before it sends a request of another origin; None where nobody allows it."""
    way = next((one.way for one in ways if one.way.cors.origins), None)
    if way is None or request.method != "OPTIONS":
        return None
    cors = way.cors
    of_ways = sorted({one.way.method for one in ways if one.way.path == way.path})
    methods = cors.methods or ([_METHODS] if "*" in of_ways else ["OPTIONS", *of_ways])
    headers = [
        *_origin(request, cors),
        ("access-control-allow-methods", ",".join(methods)),
        *([("access-control-allow-headers", ",".join(cors.headers))] if cors.headers else []),
        *([("access-control-max-age", str(cors.max_age))] if cors.max_age is not None else []),
    ]
    return 204, headers, b""


def with_cors(made: Response, request: Request, way: Way) -> Response:
    """HTTP APIs tell browsers of other origins whether they may read it; functions of REST APIs do so themselves."""
    if not way.cors.origins or way.payload == "1.0" or request.header("origin") is None:
        return made
    status, headers, body = made
    own = _origin(request, way.cors)
    if way.cors.exposed and own:
        own.append(("access-control-expose-headers", ",".join(way.cors.exposed)))
    names = {name for name, _ in own}
    return status, [one for one in headers if one[0] not in names] + own, body


def _origin(request: Request, cors: Cors) -> Headers:
    asked = request.header("origin") or ""
    if "*" in cors.origins:
        found = [("access-control-allow-origin", "*")]
    elif asked in cors.origins:
        found = [("access-control-allow-origin", asked), ("vary", "origin")]
    else:
        return []
    return [*found, ("access-control-allow-credentials", "true")] if cors.allow_credentials else found


def _status(given: dict[str, Any]) -> int:
    status = given.get("statusCode")
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        raise Malformed(f"`statusCode` must be a number from 200 to 599, not {status!r}")
    return status


def _headers(given: dict[str, Any]) -> Headers:
    """Of a header in both tables the one with many values holds; cookies are headers of their own."""
    many = {name.lower(): value for name, value in _table(given, "multiValueHeaders").items()}
    single = {name.lower(): [value] for name, value in _table(given, "headers").items()}
    cookies = given.get("cookies") or []
    if not isinstance(cookies, list):
        raise Malformed("`cookies` must be a list")
    found: Headers = []
    for name, values in [*(single | many).items(), ("set-cookie", cookies)]:
        if not isinstance(values, list):
            raise Malformed(f"the values of the header `{name}` must be a list")
        found += [(name, _value(name, value)) for value in values if value is not None]
    found = [one for one in found if one[0] not in _OF_HOST]
    if len(found) > _MAX_HEADERS or sum(len(name) + len(value) for name, value in found) > _MAX_HEADER_BYTES:
        raise Malformed(f"its headers are more than {_MAX_HEADERS}, or have more than {_MAX_HEADER_BYTES} bytes")
    return found


def _table(given: dict[str, Any], key: str) -> dict[str, Any]:
    table = given.get(key) or {}
    if not isinstance(table, dict):
        raise Malformed(f"`{key}` must be an object")
    return table


def _value(name: str, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else value
    if not isinstance(text, str) or not _NAME.fullmatch(name) or not _VALUE.fullmatch(text):
        raise Malformed(f"the header `{name[:60]}` is none that can be sent")
    return text


def _body(given: dict[str, Any]) -> bytes:
    body = given.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise Malformed("`body` must be a string; an object has to be written as JSON")
    if not given.get("isBase64Encoded"):
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("`body` is not base64, though `isBase64Encoded` says so") from None
