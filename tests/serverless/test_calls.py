"""Requests and responses of functions, served for real."""

import base64
import json
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, load_app
from tests.serverless.reading import HEAD, write

pytestmark = pytest.mark.slow

GIVING = """\
(component
  (core module $module
    (memory (export "memory") 4)
    (data (i32.const 0) "\\00\\01\\00\\00")
    (data (i32.const 256) "TEXT")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 131072))
    (func (export "handler") (param i32 i32) (result i32)
      (i32.store (i32.const 4) (i32.const LENGTH))
      (i32.const 0)))
  (core instance $instance (instantiate $module))
  (alias core export $instance "memory" (core memory $memory))
  (alias core export $instance "realloc" (core func $realloc))
  (func (export "handler") (param "event" string) (result string)
    (canon lift (core func $instance "handler") (memory $memory) (realloc $realloc))))
"""


def test_a_command_reads_an_event_and_prints_a_response(client: httpx.Client) -> None:
    told = client.post("/first/a%20b?x=1&x=2", content=b"hi", headers={"cookie": "k=v"}).json()
    assert (told["httpMethod"], told["path"], told["body"]) == ("POST", "/first/a%20b", "hi")
    assert told["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert told["pathParameters"] == {"proxy": "a b"}
    assert told["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert client.get("/second/7").json()["pathParameters"] == {"id": "7"}


def test_a_client_cannot_say_who_it_is(client: httpx.Client) -> None:
    lies = {"spin-client-addr": "192.0.2.1:1", "Spin-Full-Url": "https://bank.example/", "x-forwarded-proto": "https"}
    told = client.post("/first/x", headers=lies).json()
    assert told["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert told["headers"]["x-forwarded-proto"] == "http"


@pytest.mark.parametrize("path", ["/first/x", "/second/7"])
def test_headers_are_bytes_and_the_event_has_each_as_a_character(client: httpx.Client, path: str) -> None:
    sent = [(b"x-latin", b"J\xfcrgen"), (b"x-text", "Jürgen".encode()), (b"x-bytes", b"\x80\xff\t~"), (b"x-none", b"")]
    got = client.post(path, headers=sent)
    assert got.status_code == 200
    told = got.json()["headers"]
    assert {name: told[name] for name in ("x-latin", "x-text", "x-bytes", "x-none")} == {
        "x-latin": "Jürgen", "x-text": "JÃ¼rgen", "x-bytes": "\x80ÿ\t~", "x-none": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "method", ["GET", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE", "M-SEARCH", "get", "X" * 99]
)
def test_any_takes_each_method(client: httpx.Client, method: str) -> None:
    told = client.send(_asking(client, method, "/second/7")).json()
    assert (told["requestContext"]["http"]["method"], told["routeKey"]) == (method, "ANY /second/{id}")
    assert client.send(_asking(client, method, "/any/7")).json()["httpMethod"] == method


def test_a_method_that_no_event_names_has_no_route(client: httpx.Client) -> None:
    for method in ("PROPFIND", "PATCH"):
        got = client.request(method, "/greet")
        assert (got.status_code, got.json()) == (404, {"message": "Not Found"})


def test_an_answer_to_head_has_the_length_that_its_body_would_have(client: httpx.Client) -> None:
    got = client.head("/second/many")
    assert (got.status_code, got.content, got.headers["x-many"]) == (201, b"", "one, two")
    assert client.head("/second/binary").headers["content-length"] == "4"
    assert client.get("/second/binary").headers["content-length"] == "4"
    assert "transfer-encoding" not in client.get("/second/large").headers


def _asking(client: httpx.Client, method: str, path: str) -> httpx.Request:
    """A request whose method is left as it is; the client would write it in capitals."""
    asking = client.build_request("GET", path)
    asking.method = method
    return asking


def test_binary_bodies_in_both_directions(client: httpx.Client) -> None:
    sent = client.post("/first/x", content=b"\0\xff", headers={"content-type": "image/png"}).json()
    assert sent["isBase64Encoded"] and base64.b64decode(sent["body"]) == b"\0\xff"
    got = client.get("/first/binary")
    assert (got.content, got.headers["content-type"]) == (b"\x89PNG", "image/png")


def test_a_large_body_arrives(client: httpx.Client) -> None:
    body = b"x" * (6 << 20)
    assert len(client.post("/first/x", content=body).json()["body"]) == len(body)


def test_headers_with_several_values_and_cookies(client: httpx.Client) -> None:
    got = client.get("/first/many")
    assert got.status_code == 201
    assert got.headers.get_list("x-many") == ["one", "two"]
    assert got.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_a_function_has_its_environment_and_no_other(client: httpx.Client) -> None:
    lines = client.get("/first/environment").text.split("\n")
    assert {"GREETING=hello", "KIND=command"} <= set(lines)
    assert not [line for line in lines if line.startswith(("HOME=", "USER="))]


def test_a_function_has_what_it_is_granted(client: httpx.Client) -> None:
    assert client.get("/first/file").text == "a note <nil>"


def test_what_a_function_logs_is_heard(client: httpx.Client, shop: Up) -> None:
    assert client.get("/first/log").status_code == 204
    shop.wait_for("a line of the handler")


def test_exported_functions_and_commands_of_components(client: httpx.Client, shop: Up) -> None:
    for path in ("/greet", "/greet-first"):
        assert client.get(path, params={"name": "Ada"}).text == "Hello, Ada!"
        assert client.get(path, params={"name": "raise"}).status_code == 502
    assert client.get("/greet", params={"name": "fail"}).status_code == 502
    shop.wait_for("the greeter fails, as asked")
    told = client.put("/js/a", content="é").json()
    assert told == {"routeKey": "PUT /js/{id}", "pathParameters": {"id": "a"}, "body": "é"}


def test_methods_lead_to_different_functions(client: httpx.Client) -> None:
    assert client.put("/greet").json()["routeKey"] == "PUT /greet"
    assert client.get("/greet").text == "Hello, world!"
    got = client.delete("/greet")
    assert (got.status_code, got.json()) == (404, {"message": "Not Found"})


def test_a_wasi_http_component_is_served_as_it_is(client: httpx.Client) -> None:
    assert client.get("/status", params={"code": 418}).status_code == 418
    assert client.post("/echo", content=b"abc").content == b"abc"


def test_browsers_are_answered(client: httpx.Client) -> None:
    asked = {"origin": "https://a.example", "access-control-request-method": "GET"}
    told = client.options("/greet", headers=asked)
    assert (told.status_code, told.headers["access-control-allow-methods"]) == (204, "OPTIONS,GET,PUT")
    assert client.get("/greet", headers={"origin": "https://a.example"}).headers["access-control-allow-origin"] == "*"


def test_as_many_and_as_large_headers_as_a_response_may_have(tmp_path: Path) -> None:
    headers = {f"x-{number:03}": "v" * 126 for number in range(499)}
    text = json.dumps({"statusCode": 200, "headers": headers, "body": "x"}, separators=(",", ":"))
    (tmp_path / "one.wat").write_text(
        GIVING.replace("LENGTH", str(len(text))).replace("TEXT", text.replace('"', '\\"'))
    )
    with load_app(
        write(tmp_path, f"{HEAD}functions:\n  one: {{handler: one.wat, events: [{{http: GET a}}]}}\n")
    ) as app:
        got = app.get("/a")
        assert (got.status_code, got.text) == (200, "x")
        assert {name: value for name, value in got.headers.items() if name.startswith("x-")} == headers
