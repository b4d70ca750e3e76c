"""Guests that abuse variables: names that are none or without end, many questions, values that look like templates."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from atoll.testing import Up, up
from tests.hostile.harm import unharmed
from tests.support import answering, write_app

SECRET = "of the app, not of this component"
KEYS = """\
variables = { greeting = "Hello, {{ who }}!", plain = "as it is" }
[variables]
who = { default = "world" }
password = { default = "of the app, not of this component" }
"""
ASKED = '[[variables_provider]]\ntype = "file"\npath = "values.json"\n'
NAMES = [
    "a" * (1 << 20),
    "A" * (1 << 20),
    "\u00e9" * (1 << 19),
    "\0",
    "password\0",
    "../password",
    "../../k/password",
    "k.password",
    "{{ password }}",
    "{{password}}",
    "who}}{{password",
    "password\n",
    "PASSWORD",
    "SPIN_VARIABLE_PASSWORD",
    "password",
    "who",
    "__proto__",
    "component",
]


def app(folder: Path, config: str = "") -> list[str]:
    """The arguments that serve it, on one worker: whoever holds that up holds up all."""
    (folder / "values.json").write_text(json.dumps({"who": "file", "password": SECRET}), "utf-8")
    (folder / "runtime.toml").write_text(config, "utf-8")
    manifest = write_app(folder, answering("rust-rooms") + KEYS)
    return [str(manifest), "--runtime-config-file", str(folder / "runtime.toml"), "--workers", "1"]


def asked(served: Up, version: str, name: str, **query: int) -> httpx.Response:
    return httpx.post(f"{served.url}/variables/{version}/get", content=name.encode(), params=query, timeout=120)


@pytest.mark.parametrize("config", ["", ASKED], ids=["known", "asked"])
def test_no_name_leads_to_another_variable_and_none_comes_back_whole(tmp_path: Path, config: str) -> None:
    with up(*app(tmp_path, config)) as served:
        asked(served, "v2", "greeting")
        with unharmed(served):
            for name in NAMES:
                for version in ("v1", "v2", "wasi"):
                    answer = asked(served, version, name)
                    assert answer.status_code in {404, 500}
                    assert SECRET not in answer.text
                    assert len(answer.text) < 2000
        assert asked(served, "v2", "greeting").status_code == 200


@pytest.mark.parametrize(("config", "times"), [("", 100_000), (ASKED, 10_000)], ids=["known", "asked"])
def test_questions_without_end_hold_up_nobody(tmp_path: Path, config: str, times: int) -> None:
    with up(*app(tmp_path, config)) as served, ThreadPoolExecutor(1) as pool:
        asked(served, "v2", "greeting")
        with unharmed(served):
            many = pool.submit(asked, served, "v2", "greeting", times=times)
            longest = 0.0
            while not many.done():
                begun = time.monotonic()
                assert asked(served, "v2", "plain").text == "as it is"
                longest = max(longest, time.monotonic() - begun)
            assert many.result().text.startswith("Hello, ")
            assert longest < 5


def test_a_value_is_no_template(tmp_path: Path) -> None:
    arguments = app(tmp_path, ASKED)
    (tmp_path / "values.json").write_text('{"who": "{{ password }}", "password": "secret"}', "utf-8")
    with up(*arguments) as served:
        assert asked(served, "v2", "greeting").text == "Hello, {{ password }}!"
    with up(*arguments, "--variable", "who={{ password }}") as served:
        assert asked(served, "v2", "greeting").text == "Hello, {{ password }}!"
