"""Variables: where their values come from, in which order, and what is said when one is missing."""

from pathlib import Path
from typing import Any

import pytest

from atoll.app import App
from atoll.errors import AtollError, Problems, render
from atoll.lock import LockSettings, resolve
from atoll.manifest.variables import parse_dotenv, read_arguments, read_environment

from .conftest import http_app

VARIABLES = '[variables]\na = { default = "1" }\nb_c = { required = true }\nd = { required = true, secret = true }'


@pytest.fixture
def app(app_folder: Any) -> App:
    return App.load(app_folder(http_app(top=VARIABLES)))


def test_the_command_line_wins_over_the_environment_and_that_over_the_default(app: App) -> None:
    environment = {"SPIN_VARIABLE_B_C": "env", "SPIN_VARIABLE_D": "env", "SPIN_VARIABLE_UNKNOWN": "x"}
    assert app.variables(["d=cli=x"], environment) == {"a": "1", "b_c": "env", "d": "cli=x"}
    assert app.variables([], environment | {"SPIN_VARIABLE_A": ""})["a"] == ""


def test_all_missing_variables_are_said_at_once_with_their_places(app: App) -> None:
    with pytest.raises(Problems) as caught:
        app.variables([], {})
    assert [(one.code, one.location and one.location.line) for one in caught.value.problems] == [
        ("variable-missing", 6),
        ("variable-missing", 7),
    ]
    assert "--variable b_c=VALUE" in render(caught.value)
    assert "SPIN_VARIABLE_D" in render(caught.value)


def test_a_variable_that_the_manifest_does_not_declare_is_refused(app: App) -> None:
    with pytest.raises(AtollError) as caught:
        app.variables(["b_d=x", "d=y", "b_c=z"], {})
    assert (caught.value.code, caught.value.hint) == ("variable-undeclared", "did you mean `b_c`?")


def test_values_are_read_from_files(app: App, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("of a file\n", "utf-8")
    (tmp_path / "all.json").write_text('{"b_c": "json", "d": 5}', "utf-8")
    (tmp_path / "all.toml").write_text('d = "toml"\na = true', "utf-8")
    values = app.variables([f"@{tmp_path}/all.json", f"@{tmp_path}/all.toml"], {})
    assert values == {"a": "true", "b_c": "json", "d": "toml"}
    assert read_arguments([f"d=@{tmp_path}/one.txt"]) == {"d": "of a file\n"}


def test_arguments_that_cannot_be_read_are_refused_together_without_their_values(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"secret": hunter2', "utf-8")
    (tmp_path / "list.json").write_text("[1]", "utf-8")
    (tmp_path / "deep.json").write_text('{"a": {"b": 1}}', "utf-8")
    arguments = ["plain", "=x", f"@{tmp_path}/bad.json", f"@{tmp_path}/list.json", f"@{tmp_path}/deep.json"]
    with pytest.raises(Problems) as caught:
        read_arguments([*arguments, f"@{tmp_path}/none.toml", f"@{tmp_path}/x.yaml", f"k=@{tmp_path}/nothing"])
    assert {one.code for one in caught.value.problems} == {"variable-argument-invalid"}
    assert len(caught.value.problems) == 8
    assert "hunter2" not in render(caught.value)


def test_the_environment_wins_over_the_dotenv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("SPIN_VARIABLE_A=file\nSPIN_VARIABLE_B=file\n", "utf-8")
    monkeypatch.setenv("SPIN_VARIABLE_A", "process")
    found = read_environment(tmp_path)
    assert (found["SPIN_VARIABLE_A"], found["SPIN_VARIABLE_B"]) == ("process", "file")


def test_a_dotenv_file_may_quote_comment_and_export() -> None:
    text = "# c\n\nA=1\nexport B = two words # c\nC=\"x\\ny # no\"\nD='raw\\n'\nE=\nF=a#b\nnonsense\n"
    assert parse_dotenv(text) == {"A": "1", "B": "two words", "C": "x\ny # no", "D": "raw\\n", "E": "", "F": "a#b"}


def test_templates_in_allowed_hosts_are_filled_and_empty_ones_left_out(app_folder: Any, tmp_path: Path) -> None:
    hosts = '["https://{{ host }}", "{{ none }}", "http://{{ none }}", "redis://{{ none }}", "https://x", ""]'
    top = '[variables]\nhost = { default = "a.b" }\nnone = { default = "" }'
    app = App.load(app_folder(http_app(f"allowed_outbound_hosts = {hosts}", top=top)))
    locked = app.lock(LockSettings(working_directory=tmp_path, cache_directory=tmp_path))
    resolved = resolve(locked, app.variables([], {}))
    assert resolved["components"][0]["metadata"]["allowed_outbound_hosts"] == [
        "https://a.b",
        "redis://",
        "https://x",
        "",
    ]
    assert locked["components"][0]["metadata"]["allowed_outbound_hosts"][0] == "https://{{ host }}"


def test_an_allowed_host_whose_variable_has_no_value_is_refused(app_folder: Any, tmp_path: Path) -> None:
    top = "[variables]\nhost = { required = true }"
    app = App.load(app_folder(http_app('allowed_outbound_hosts = ["https://{{ host }}"]', top=top)))
    locked = app.lock(LockSettings(working_directory=tmp_path, cache_directory=tmp_path))
    with pytest.raises(AtollError, match="needs the variable `host`"):
        resolve(locked, {})
