"""HTTP middleware: components that requests pass before they reach the one that answers."""

from pathlib import Path

import pytest

from tests.composing.apps import PASS, served, with_middleware
from tests.support import refused

PASSES = 'path = "<rust-middleware>"'


def test_requests_pass_the_outermost_first(tmp_path: Path) -> None:
    second = PASSES + ', inherit_configuration = ["environment"]'
    manifest = with_middleware(tmp_path, "rust-http-p3", PASSES, second, keys='environment = { WHO = "me" }\n')
    with served(manifest) as (client, _):
        answer = client.post("echo", content=b"all of it")
        assert (answer.content, answer.headers.get_list("x-passed")) == (b"all of it", ["1 me", "0 nobody"])
        assert client.get("").text == "Hello from Rust 0.3\n"
        assert client.get("panic").status_code == 500
        assert client.get("").status_code == 200


def test_a_middleware_may_answer_itself(tmp_path: Path) -> None:
    with served(with_middleware(tmp_path, "rust-http-p3", PASSES)) as (client, _):
        answer = client.get("stop")
        assert (answer.status_code, answer.headers.get("x-passed")) == (403, None)


def test_handlers_of_wasi_0_2_have_middleware_of_their_own(tmp_path: Path) -> None:
    with served(with_middleware(tmp_path, "rust-kitchen", f'path = "{PASS}"', f'path = "{PASS}"')) as (client, _):
        assert client.get("").text == "Hello from the kitchen\n"
        assert client.post("echo", content=b"all of it").content == b"all of it"


def test_the_same_component_without_middleware_stays_as_it_is(tmp_path: Path) -> None:
    manifest = with_middleware(tmp_path, "rust-http-p3", PASSES)
    text = manifest.read_text() + '[[trigger.http]]\nroute = "/plain/..."\ncomponent = "k"\n'
    manifest.write_text(text)
    with served(manifest) as (client, _):
        assert client.get("").headers["x-passed"] == "0 nobody"
        assert "x-passed" not in client.get("plain/").headers


@pytest.mark.parametrize(
    "guest, middleware, said",
    [
        ("rust-kitchen", PASSES, "a middleware of `k` does not import `wasi:http/incoming-handler@0.2.12`"),
        ("rust-http-p3", f'path = "{PASS}"', "a middleware of `k` does not import `wasi:http/handler@0.3.0`"),
        ("rust-http-p3", 'path = "<rust-http-p3>"', "does not import `wasi:http/handler@0.3.0`"),
        ("c-plugin", PASSES, "no middleware can stand before `k`: it exports neither `wasi:http/handler` nor"),
        ("rust-http-p3", 'path = "missing.wasm"', "missing.wasm"),
    ],
)
def test_what_cannot_hand_requests_on_is_refused(tmp_path: Path, guest: str, middleware: str, said: str) -> None:
    told = refused("-f", str(with_middleware(tmp_path, guest, middleware))).stderr
    assert said in told
    assert "spin.toml:" in told and "dependencies.middleware" in told
