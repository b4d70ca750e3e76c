"""The runtime config from the environment: over the file, under the same rules, and without showing a value."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from atoll.errors import AtollError, Problems, render
from atoll.runtime.config import Loaded, load
from tests.cli.conftest import Atoll

PREFIX = "ATOLL_RUNTIME_CONFIG__"


Given = Callable[..., Loaded]


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """What a file says with these variables over it."""

    def read(text: str, **variables: str) -> Loaded:
        for name, value in variables.items():
            monkeypatch.setenv(PREFIX + name, value)
        file = tmp_path / "runtime.toml"
        file.write_text(text)
        return load(file)

    return read


def test_a_variable_sets_a_key_or_wins_over_the_file(given: Given) -> None:
    read = given(
        'state_dir = "file"\nlog_dir = "file"\n[outbound_networking]\nblock_networks = ["1.2.3.0/24"]\n',
        STATE_DIR="environment",
        MAX_INSTANCE_MEMORY="67_108_864",
        OUTBOUND_NETWORKING__BLOCK_NETWORKS='["private"]',
    )
    assert (read.state_dir, read.log_dir, read.max_instance_memory) == ("environment", "file", 64 << 20)
    assert read.outbound_networking.block_networks == ["private"]


def test_backends_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(PREFIX + "KEY_VALUE_STORE__CACHE__TYPE", "memory")
    monkeypatch.setenv(
        PREFIX + "LLM_COMPUTE", '{ type = "remote_http", url = "http://x", auth_token = "t", timeout = 3 }'
    )
    read = load(None)
    assert (read.folder, read.labelled["key_value"]["cache"].kind) == (tmp_path, "memory")
    assert (read.outbound["llm"].kind, read.outbound["llm"].config.timeout) == ("remote_http", 3)  # type: ignore[attr-defined]


def test_entries_of_lists_have_numbers(given: Given) -> None:
    first = '[[variables_provider]]\ntype = "static"\nvalues = { a = "file", b = "file" }\n'
    more = {f"VARIABLES_PROVIDER__{index}__TYPE": "env" for index in range(1, 12)}
    read = given(first, VARIABLES_PROVIDER__0__VALUES__B="environment", VARIABLES_PROVIDER__11__PREFIX="LAST", **more)
    assert len(read.variables) == 12
    assert read.variables[0].config.values == {"a": "file", "b": "environment"}  # type: ignore[attr-defined]
    assert read.variables[11].config.prefix == "LAST"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("plain words", "plain words"),
        ("redis://:pa#ss@host:1/0", "redis://:pa#ss@host:1/0"),
        ('"quoted"', "quoted"),
        ('"12"', "12"),
        ('"a"\nlog_dir = "b"', '"a"\nlog_dir = "b"'),
        ("", ""),
    ],
)
def test_what_is_no_value_of_toml_is_text(given: Given, value: str, read: str) -> None:
    assert given("", STATE_DIR=value).state_dir == read


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("STATE_DIRECTORY", "CANARY", "unknown key `state_directory`"),
        ("OUTBOUND_REDIS__CONNECTION", "CANARY", "unknown key `connection`"),
        ("MAX_INSTANCE_MEMORY", "CANARY", "must be an integer, not a string"),
        ("STATE_DIR__X", "CANARY", "what stands before `x` is no table"),
        ("VARIABLES_PROVIDER__2__TYPE", "env", "entries are counted from 0 on"),
        ("VARIABLES_PROVIDER__X__TYPE", "env", "must be an array, not a table"),
        ("", "CANARY", "names no key"),
        ("A____B", "CANARY", "names no key"),
        ("__".join("A" * 1000), "CANARY", "names no key"),
    ],
)
def test_a_variable_that_no_key_takes_is_refused_by_name(given: Given, name: str, value: str, told: str) -> None:
    with pytest.raises(AtollError) as raised:
        given('state_dir = "file"\n', **{name: value})
    shown = render(raised.value)
    assert told in shown
    assert PREFIX + name in shown
    assert "CANARY" not in shown + json.dumps(raised.value.to_dict())
    assert not isinstance(raised.value, Problems)


def test_up_obeys_it_and_refuses_what_is_unknown(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text('spin_manifest_version = 2\napplication.name = "test"\n')
    said = atoll("up", env={PREFIX + "OUTBOUND_REDIS__MAX": "1"})
    assert said.code == 1
    assert "unknown key `max`" in said.err
    assert f"--> {PREFIX}OUTBOUND_REDIS__MAX:1:1" in said.err
