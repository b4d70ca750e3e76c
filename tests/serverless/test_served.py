"""`atoll up -f serverless.yml`: what is served, checked, told and refused."""

import json
import shutil
import time
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, load_app, up
from tests.cli.conftest import Atoll, atoll  # noqa: F401 -- the fixture
from tests.serverless.reading import HEAD, write
from tests.support import built, refused

pytestmark = pytest.mark.slow

IMPORTING = """\
(component
  (import "acme:none/thing" (instance (export "f" (func))))
  (core module $module (func (export "run") (result i32) (i32.const 0)))
  (core instance $instance (instantiate $module))
  (func $run (result (result)) (canon lift (core func $instance "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $exported)))
"""


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
