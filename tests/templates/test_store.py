"""The templates of a machine: atoll's own, and those that were installed."""

import os
from pathlib import Path

import pytest

from atoll.errors import UserError
from atoll.templates import store
from tests.templates.written import template


def ids() -> set[str]:
    return {one.id for one in store.known()[0]}


def test_one_that_was_installed_is_found_with_its_origin(tmp_path: Path, data_home: Path) -> None:
    store.install(template(tmp_path, "", {"content/a/b": "x"}), "https://example.com")
    found = store.find("small")
    assert found.origin == "https://example.com"
    assert found.folder == data_home / "atoll/templates/small"
    assert (found.folder / "content/a/b").read_text() == "x"
    assert "small" in ids()
    assert store.holds("small")


def test_installing_again_replaces_all_of_it(tmp_path: Path) -> None:
    store.install(template(tmp_path / "1", "", {"content/old": ""}), "1")
    store.install(template(tmp_path / "2", "", {"content/new": ""}), "2")
    found = store.find("small")
    assert [file.name for file in (found.folder / "content").iterdir()] == ["new"]
    assert found.origin == "2"
    assert os.listdir(store.home()) == ["small"]


def test_an_installed_one_goes_before_atoll_s_own(tmp_path: Path) -> None:
    one = template(tmp_path, 'manifest_version = "1"\nid = "http-c"\ndescription = "Mine"\n')
    store.install(one, "x")
    assert store.find("http-c").description.description == "Mine"
    store.remove("http-c")
    assert store.find("http-c").folder.parent == store.LIBRARY


def test_spin_s_ids_are_understood() -> None:
    assert store.find("http-py").id == "http-python"
    assert store.find("static-fileserver").id == "static"
    spins = {
        "http-py",
        "http-rust",
        "static-fileserver",
        "redirect",
        "http-empty",
        "http-go",
        "http-ts",
        "http-js",
        "http-c",
    }
    assert all(map(store.holds, spins | {"http-zig"}))


def test_an_id_that_is_an_alias_can_be_installed(tmp_path: Path) -> None:
    store.install(template(tmp_path, 'manifest_version = "1"\nid = "http-py"\n'), "x")
    assert store.find("http-py").id == "http-py"


@pytest.mark.parametrize(
    "name, hint",
    [
        ("http-pyton", "did you mean `http-python`?"),
        ("qqq", "`atoll templates list` shows all that there are"),
        ("../library/http-c", None),
        ("", None),
    ],
)
def test_one_that_is_not_there_is_said_not_to_be(name: str, hint: str | None) -> None:
    with pytest.raises(UserError) as raised:
        store.find(name)
    assert raised.value.code == "template-unknown"
    assert hint is None or raised.value.hint == hint


def test_atoll_s_own_cannot_be_removed() -> None:
    with pytest.raises(UserError, match="no template `http-c` was installed"):
        store.remove("http-c")


def test_one_that_is_broken_does_not_hide_the_others(tmp_path: Path) -> None:
    store.install(template(tmp_path), "x")
    (store.home() / "broken").mkdir()
    found, problems = store.known()
    assert "small" in {one.id for one in found}
    assert [problem.code for problem in problems] == ["template-broken"]


def test_a_template_has_a_size_that_templates_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_BYTES", 10)
    with pytest.raises(UserError, match="larger than any needs to be"):
        store.install(template(tmp_path), "x")
    assert "small" not in ids()


def test_nothing_is_left_of_an_installation_that_failed(tmp_path: Path, data_home: Path) -> None:
    (data_home / "atoll").write_text("")
    with pytest.raises(UserError) as raised:
        store.install(template(tmp_path), "x")
    assert raised.value.code == "project-unwritable"


def test_a_data_folder_that_is_relative_counts_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store.home() == tmp_path / ".local/share/atoll/templates"
