"""Requests as events, and what functions give as responses, without a guest."""

import base64
import json
from typing import Any

import pytest

from atoll.host.functions.answer import Malformed, preflight, response, with_cors
from atoll.host.functions.event import Request, event
from atoll.host.functions.ways import Cors, Taken, Way, Ways

FIRST = Way(component="c", route="/", path="/orders/{id}", method="POST", payload="1.0", stage="live")
SECOND = Way(component="c", route="/", path="/orders/{id}", method="POST")


def request(query: str = "", headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Request:
    own = [
        ("host", "shop.example:8080"),
        *headers,
        ("spin-client-addr", "[2001:db8::1]:4711"),
        ("spin-full-url", "https://shop.example:8080/orders/7"),
    ]
    fields = [(name, value.encode("latin-1")) for name, value in own]
    return Request.of("POST", f"/orders/7?{query}" if query else "/orders/7", fields, body)


def made(way: Way, given: Request) -> dict[str, Any]:
    return event(given, Taken(way, {"id": "7"}))


def test_an_event_of_format_1_0() -> None:
    given = request("a=1&a=2&b=", (("x-many", "one"), ("x-many", "two"), ("x-forwarded-for", "192.0.2.1")))
    found = made(FIRST, given)
    assert (found["resource"], found["path"], found["httpMethod"]) == ("/orders/{id}", "/orders/7", "POST")
    assert found["headers"]["x-many"] == "two" and found["multiValueHeaders"]["x-many"] == ["one", "two"]
    assert found["queryStringParameters"] == {"a": "2", "b": ""}
    assert found["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert found["pathParameters"] == {"id": "7"}
    assert (found["body"], found["isBase64Encoded"]) == (None, False)
    assert found["headers"]["x-forwarded-for"] == "192.0.2.1, 2001:db8::1"
    assert (found["headers"]["x-forwarded-proto"], found["headers"]["x-forwarded-port"]) == ("https", "8080")
    context = found["requestContext"]
    assert (context["stage"], context["path"], context["resourcePath"]) == ("live", "/live/orders/7", "/orders/{id}")
    assert context["identity"]["sourceIp"] == "2001:db8::1"
    assert not [name for name in found["headers"] if name.startswith("spin-")]


def test_an_event_of_format_2_0() -> None:
    given = request("a=1&a=2", (("x-many", "one"), ("x-many", "two"), ("cookie", "a=1; b=2"), ("cookie", "c=3")))
    found = made(SECOND, given)
    assert (found["version"], found["routeKey"], found["rawPath"]) == ("2.0", "POST /orders/{id}", "/orders/7")
    assert (found["rawQueryString"], found["queryStringParameters"]) == ("a=1&a=2", {"a": "1,2"})
    assert found["headers"]["x-many"] == "one,two"
    assert found["cookies"] == ["a=1", "b=2", "c=3"]
    http = found["requestContext"]["http"]
    assert (http["method"], http["path"], http["sourceIp"]) == ("POST", "/orders/7", "2001:db8::1")
    assert found["requestContext"]["stage"] == "$default"


def test_of_format_2_0_what_is_empty_is_left_out_and_of_1_0_null() -> None:
    none = event(request(), Taken(SECOND, {}))
    assert not {"cookies", "queryStringParameters", "pathParameters"} & set(none)
    null = event(request(), Taken(FIRST, {}))
    assert null["queryStringParameters"] is None and null["pathParameters"] is None


@pytest.mark.parametrize(
    ("kind", "body", "is_base64"),
    [
        ("application/json", b'{"a": 1}', False),
        ("application/vnd.api+json; charset=utf-8", b"{}", False),
        ("text/plain", "é".encode(), False),
        ("text/plain", b"\xff", True),
        ("image/png", b"text", True),
        ("application/octet-stream", b"\0", True),
    ],
)
def test_bodies_are_text_or_base64(kind: str, body: bytes, is_base64: bool) -> None:
    found = made(SECOND, request(headers=(("content-type", kind),), body=body))
    assert found["isBase64Encoded"] is is_base64
    assert (base64.b64decode(found["body"]) if is_base64 else found["body"].encode()) == body


def test_a_compressed_text_is_no_text() -> None:
    headers = (("content-type", "text/plain"), ("content-encoding", "gzip"))
    assert made(SECOND, request(headers=headers, body=b"abc"))["isBase64Encoded"]


def test_a_response_has_status_headers_cookies_and_body() -> None:
    given = {
        "statusCode": "201",
        "headers": {"Content-Type": "text/html", "X-One": 1, "X-Both": "no", "X-True": True, "Connection": "close"},
        "multiValueHeaders": {"X-Both": ["a", "b"]},
        "cookies": ["a=1", "b=2"],
        "body": "aGk=",
        "isBase64Encoded": True,
    }
    status, headers, body = response(json.dumps(given).encode(), SECOND)
    assert (status, body) == (201, b"hi")
    assert sorted(headers) == [
        ("content-type", "text/html"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-both", "a"),
        ("x-both", "b"),
        ("x-one", "1"),
        ("x-true", "true"),
    ]


def test_headers_that_no_guest_may_say_are_left_out() -> None:
    names = ["Connection", "Keep-Alive", "Upgrade", "Transfer-Encoding", "Content-Length", "HTTP2-Settings", "X-Own"]
    names += ["Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization"]
    given = {"statusCode": 200, "headers": dict.fromkeys(names, "x")}
    assert [name for name, _ in response(json.dumps(given).encode(), FIRST)[1]] == ["x-own", "content-type"]


def test_format_2_0_takes_any_value_for_a_body() -> None:
    assert response(b'{"a": "\xc3\xa9"}', SECOND) == (200, [("content-type", "application/json")], '{"a":"é"}'.encode())
    assert response(b'"hi"', SECOND)[2] == b"hi"
    with pytest.raises(Malformed, match=r"format 1\.0"):
        response(b'"hi"', FIRST)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (b"", "gave nothing"),
        (b"hello", "not JSON: 'hello'"),
        (b"[" * 100_000, "not JSON"),
        (b'{"statusCode": 99}', "`statusCode`"),
        (b'{"statusCode": true}', "`statusCode`"),
        (b'{"statusCode": "abc"}', "`statusCode`"),
        (b'{"statusCode": 200, "body": {"a": 1}}', "`body` must be a string"),
        (b'{"statusCode": 200, "body": "*", "isBase64Encoded": true}', "not base64"),
        (b'{"statusCode": 200, "headers": []}', None),
        (b'{"statusCode": 200, "headers": [1]}', "`headers` must be an object"),
        (b'{"statusCode": 200, "headers": {"a\\r\\nb": "x"}}', "none that can be sent"),
        (b'{"statusCode": 200, "headers": {"a": "x\\r\\nb: c"}}', "none that can be sent"),
        (b'{"statusCode": 200, "headers": {"a": {}}}', "none that can be sent"),
        (b'{"statusCode": 200, "multiValueHeaders": {"a": "x"}}', "must be a list"),
        (b'{"statusCode": 200, "cookies": "a=1"}', "`cookies` must be a list"),
        (json.dumps({"statusCode": 200, "headers": {"a": "x" * (64 << 10)}}).encode(), "more than 65536 bytes"),
        (json.dumps({"statusCode": 200, "cookies": ["a=1"] * 501}).encode(), "headers are more than 500"),
    ],
)
def test_what_is_no_response_says_why(output: bytes, words: str | None) -> None:
    if words is None:
        assert response(output, SECOND)[0] == 200
        return
    with pytest.raises(Malformed, match=words.replace("*", "\\*")):
        response(output, FIRST)


def test_text_goes_before_parameters_and_these_before_the_rest() -> None:
    paths = ["$default", "/{proxy+}", "/users/{id}", "/users/me", "/users/{id}/posts/{post}", "/"]
    ways = Ways(Way(component=path, route="", path=path) for path in paths)

    def found(path: str) -> tuple[str, dict[str, str]]:
        taken = ways.find("GET", path)
        assert taken is not None
        return taken.way.path, taken.parameters

    assert found("/users/me") == ("/users/me", {})
    assert found("/users/a%2Fb") == ("/users/{id}", {"id": "a/b"})
    assert found("/users/1/posts/2") == ("/users/{id}/posts/{post}", {"id": "1", "post": "2"})
    assert found("/users/1/other") == ("/{proxy+}", {"proxy": "users/1/other"})
    assert found("/") == ("/", {})


def test_a_method_of_its_own_goes_before_all() -> None:
    ways = Ways(Way(component=method, route="", path="/a", method=method) for method in ("*", "POST"))
    assert [taken and taken.way.component for taken in (ways.find("POST", "/a"), ways.find("GET", "/a"))] == [
        "POST",
        "*",
    ]
    assert Ways([SECOND]).find("GET", "/orders/1") is None


def test_browsers_of_other_origins() -> None:
    cors = Cors(origins=["https://a.example"], headers=["x-a"], allow_credentials=True, max_age=60, exposed=["x-b"])
    way = Way(component="c", route="", path="/a", method="GET", cors=cors)
    asked = Request("OPTIONS", "/a", "", [("origin", "https://a.example")], b"", "", "http")
    told = preflight(asked, [Taken(way, {})])
    assert told is not None and told[0] == 204
    assert dict(told[1]) == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "OPTIONS,GET",
        "access-control-allow-headers": "x-a",
        "access-control-max-age": "60",
        "vary": "origin",
    }
    other = Request("GET", "/a", "", [("origin", "https://b.example")], b"", "", "http")
    assert with_cors((200, [], b""), other, way) == (200, [], b"")
    mine = Request("GET", "/a", "", [("origin", "https://a.example")], b"", "", "http")
    assert ("access-control-expose-headers", "x-b") in with_cors((200, [], b""), mine, way)[1]
    assert preflight(asked, [Taken(SECOND, {})]) is None
