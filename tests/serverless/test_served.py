"""`atoll up -f serverless.yml` with handlers of four languages, served for real."""

import base64
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from atoll.host.functions.gateway import MAX_BODY_BYTES
from atoll.testing import Up, load_app, up
from tests.cli.conftest import Atoll, atoll  # noqa: F401 -- the fixture
from tests.serverless.reading import HEAD
from tests.support import built, refused

pytestmark = pytest.mark.slow

APP = """\
service: shop
provider:
  name: aws
  runtime: wasm
  environment: {GREETING: hello}
  httpApi: {cors: true}
plugins: [serverless-offline]
functions:
  handling:
    handler: <go-handler-p1>
    timeout: 2
    memorySize: 64
    environment: {KIND: command}
    events:
      - http: GET first/{proxy+}
      - http: POST first/{proxy+}
      - httpApi: 'ANY /second/{id}'
  greeter: {handler: <python-handler>, events: [{httpApi: GET /greet}]}
  greeterCommand: {handler: <python-handler-command>, events: [{http: GET greet-first}]}
  answerer: {handler: <js-handler>, events: [{httpApi: 'PUT /greet'}, {httpApi: 'PUT /js/{id}'}]}
  web: {handler: <rust-kitchen>, events: [{httpApi: '*'}]}
custom:
  atoll:
    functions:
      handling: {files: [note.txt]}
"""

IMPORTING = """\
(component
  (import "acme:none/thing" (instance (export "f" (func))))
  (core module $module (func (export "run") (result i32) (i32.const 0)))
  (core instance $instance (instantiate $module))
  (func $run (result (result)) (canon lift (core func $instance "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $exported)))
"""


def write(folder: Path, text: str) -> Path:
    """The file in that folder; `<NAME>` becomes the path of that guest."""
    for name in [part.partition(">")[0] for part in text.split("<")[1:]]:
        text = text.replace(f"<{name}>", str(built(name)))
    file = folder / "serverless.yml"
    file.write_text(text, "utf-8")
    return file


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "note.txt").write_text("a note ")
    with up(write(folder, APP), "--workers", "2", "--log-dir", "") as app:
        yield app


@pytest.fixture
def client(shop: Up) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shop.url, timeout=60) as client:
        yield client


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


def test_binary_bodies_in_both_directions(client: httpx.Client) -> None:
    sent = client.post("/first/x", content=b"\0\xff", headers={"content-type": "image/png"}).json()
    assert sent["isBase64Encoded"] and base64.b64decode(sent["body"]) == b"\0\xff"
    got = client.get("/first/binary")
    assert (got.content, got.headers["content-type"]) == (b"\x89PNG", "image/png")


def test_a_large_body_arrives(client: httpx.Client) -> None:
    body = b"x" * (6 << 20)
    assert len(client.post("/first/x", content=body).json()["body"]) == len(body)


def test_a_body_beyond_the_limit_is_refused(client: httpx.Client) -> None:
    got = client.post("/first/x", content=b"x" * (MAX_BODY_BYTES + 1))
    assert (got.status_code, got.json()) == (413, {"message": "Request Too Long"})


def test_a_function_that_prints_too_much_is_ended(client: httpx.Client, shop: Up) -> None:
    assert len(client.get("/first/large").text) == 5 << 20
    got = client.get("/first/endless")
    assert got.status_code == 502
    shop.wait_for("limit-response|tool.atoll.limits.response_bytes")


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


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("panic", "panic: as asked"),
        ("nothing", "the function `handling` gave no response: it gave nothing"),
        ("noise", "what it gave is not JSON: 'this is no JSON"),
        ("status", "`statusCode` must be a number from 200 to 599, not 99"),
        ("plain", "`statusCode`"),
    ],
)
def test_a_function_that_fails_is_a_bad_gateway_and_the_log_says_why(
    client: httpx.Client, shop: Up, path: str, words: str
) -> None:
    got = client.get(f"/first/{path}")
    assert (got.status_code, got.json()) == (502, {"message": "Internal server error"})
    shop.wait_for(words.replace("(", r"\("))


def test_a_trap_has_the_number_that_its_lines_have(client: httpx.Client, shop: Up) -> None:
    number = client.get("/greet", params={"name": "raise"}).headers["atoll-request"]
    shop.wait_for(rf"greeter\[{number}\]: the guest trapped")


def test_a_function_that_takes_too_long_is_a_gateway_timeout(client: httpx.Client, shop: Up) -> None:
    began = time.monotonic()
    got = client.get("/first/sleep")
    assert (got.status_code, got.json()) == (504, {"message": "Endpoint request timed out"})
    assert 1.5 < time.monotonic() - began < 20
    shop.wait_for("deadline of 2000 ms")


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


def test_keys_without_effect_are_told_once(shop: Up) -> None:
    assert shop.stderr.count("without effect here: plugins") == 1


def test_the_file_is_checked_examined_and_reloaded(tmp_path: Path, atoll: Atoll) -> None:  # noqa: F811
    file = write(
        tmp_path, f"{HEAD}functions:\n  one: {{handler: <go-handler-p1>, events: [{{http: GET first/many}}]}}\n"
    )
    assert "1 component, 1 trigger, no problems" in atoll("check", str(file)).out
    assert "is no" not in atoll("doctor", "-f", str(file)).out
    with up(file, "--workers", "1", "--reload", "--log-dir", "") as app:
        assert httpx.get(f"{app.url}/first/many", timeout=60).status_code == 201
        file.write_text(file.read_text().replace("first/many", "other/many"))
        until = time.monotonic() + 60
        while httpx.get(f"{app.url}/other/many", timeout=60).status_code != 201:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_a_file_of_tests_finds_it_and_what_writes_refuses_it(tmp_path: Path, atoll: Atoll) -> None:  # noqa: F811
    write(tmp_path, f"{HEAD}functions:\n  one: {{handler: <go-handler-p1>, events: [{{http: GET many}}]}}\n")
    (tmp_path / "a.test.toml").write_text(
        '[[test]]\nname = "many"\n[[test.step]]\nrequest = { path = "/many" }\nresponse = { status = 201 }\n'
    )
    said = atoll("test")
    assert said.code == 0 and "1 passed" in said.out, said
    for command in (("add", "static", "x"), ("upgrade",)):
        refused = atoll(*command)
        assert refused.code == 1 and "is a manifest of the Serverless Framework" in refused.err


def test_an_app_in_the_test_s_own_process(tmp_path: Path) -> None:
    with load_app(
        write(tmp_path, f"{HEAD}functions:\n  one: {{handler: <go-handler-p1>, events: [{{http: GET many}}]}}\n")
    ) as app:
        assert app.get("/many").status_code == 201


@pytest.mark.parametrize(
    ("functions", "code", "words"),
    [
        ("one: {handler: missing.wasm, events: [{http: GET a}]}", "source-missing", "missing.wasm"),
        ("one: {handler: <python-cli-p3>, events: [{http: GET a}]}", "function-unfit", "command of WASI 0.3"),
        ("one: {handler: <c-plugin>, events: [{http: GET a}]}", "function-unfit", "it exports"),
        ("one: {handler: <core-module>, events: [{http: GET a}]}", None, "handler"),
        (
            "one: {handler: <c-http>, events: [{http: GET a}]}\n"
            "  two: {handler: <go-handler-p1>, events: [{http: POST a}]}",
            "trigger-invalid",
            "share the path `/a`",
        ),
    ],
)
def test_what_cannot_be_called_is_refused_at_the_start(
    tmp_path: Path,
    functions: str,
    code: str | None,
    words: str,
    atoll: Atoll,  # noqa: F811
) -> None:
    file = write(tmp_path, f"{HEAD}functions:\n  {functions}\n")
    said = json.loads(atoll("check", str(file), "--json").out)["problems"]
    assert code is None or [one["code"] for one in said] == [code]
    ended = refused("-f", str(file))
    assert words in ended.stderr and "serverless.yml:" in ended.stderr, ended.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_a_function_imports_from_nobody_is_told_at_its_line(tmp_path: Path, workers: str) -> None:
    (tmp_path / "one.wat").write_text(IMPORTING)
    file = write(tmp_path, f"{HEAD}functions:\n  one: {{handler: one.wat, events: [{{http: GET a}}]}}\n")
    said = refused("-f", str(file), "--workers", workers).stderr
    assert "the component imports `acme:none/thing`" in said and "serverless.yml:4:18" in said


def test_functions_have_their_names_in_logs_and_metrics(tmp_path: Path) -> None:
    text = f"{HEAD}functions:\n  oneThing: {{handler: <go-handler-p1>, events: [{{http: GET many}}]}}\n"
    options = ("--workers", "1", "--log-dir", "", "--access-log", "text", "--metrics", "127.0.0.1:0")
    with up(write(tmp_path, text), *options) as app:
        assert httpx.get(f"{app.url}/many", timeout=60).status_code == 201
        app.wait_for(r"GET /many 201 one-thing")
        told = app.wait_for(r"metrics on (http://\S+),")[1]
        assert 'atoll_requests_total{component="one-thing",method="GET",status="2xx"} 1' in httpx.get(told).text
        assert len([line for line in app.stdout.splitlines() if " 201 " in line]) == 1


def test_functions_are_listed_by_their_names(shop: Up) -> None:
    assert f"greeter: {shop.url}/greet\n" in shop.stdout and f"answerer: {shop.url}/greet\n" in shop.stdout


def test_a_file_as_others_write_it(tmp_path: Path) -> None:
    """A runtime of one's own, the file where cargo leaves it, one event as a mapping."""
    file = tmp_path / "target" / "wasm32-wasip2" / "release" / "handler.wasm"
    file.parent.mkdir(parents=True)
    shutil.copy(built("rust-http"), file)
    (tmp_path / "serverless.yml").write_text(
        "service: wasm-api\nprovider:\n  name: aws\n  runtime: provided.wasm\nfunctions:\n  process:\n"
        "    handler: target/wasm32-wasip2/release/handler.wasm\n    events:\n      - http:\n"
        "          path: /process\n          method: post\n"
    )
    with up(tmp_path / "serverless.yml", "--workers", "1", "--log-dir", "") as app:
        assert httpx.post(f"{app.url}/process", timeout=60).status_code == 200


def test_a_trigger_of_the_kind_may_stand_in_spin_toml(tmp_path: Path) -> None:
    file = tmp_path / "spin.toml"
    file.write_text(
        'spin_manifest_version = 2\napplication.name = "a"\n'
        f'[[trigger.function]]\nroute = "/a/..."\npath = "/a/{{rest+}}"\ncomponent = "one"\n'
        f'[component.one]\nsource = "{built("go-handler-p1")}"\n'
    )
    with up(file, "--workers", "1", "--log-dir", "") as app:
        assert httpx.get(f"{app.url}/a/b", timeout=60).json()["pathParameters"] == {"rest": "b"}
    file.write_text(file.read_text().replace('path = "/a/{rest+}"', "path = 1"))
    assert "cannot be read" in refused("-f", str(file)).stderr
