"""A new app: which files there are, what stands in them, and that it is all of them or none."""

import os
import subprocess
from pathlib import Path

import pytest

from atoll.errors import AtollError, UserError
from atoll.templates.template import part
from atoll.templates.values import read_file, settle
from tests.templates.written import APP, made, template

ASKS = '[parameters]\ngreeting = { type = "string", prompt = "Greeting", default = "Hello", pattern = "^[A-Z]" }\n'
REQUIRES = '[parameters]\nto = { type = "string", prompt = "To", allowed_values = ["a", "b"] }\n'


def contents(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}


def refusal(code: str, *arguments: object, **keywords: object) -> str:
    with pytest.raises(UserError) as raised:
        made(*arguments, **keywords)  # type: ignore[arg-type]
    assert raised.value.code == code
    return raised.value.message


def test_names_and_texts_are_rendered(tmp_path: Path) -> None:
    files = {
        "content/spin.toml": APP,
        "content/src/{{project-name !! snake_case}}/{{greeting}}.txt": "{{project-name}} in {{output-path}}",
        "content/Cargo.toml.tmpl": 'name = "{{project-name | kebab_case}}"',
        "content/.gitignore": "*.wasm\n",
        "content/a.tmpl.txt": "{{username}}: {{authors}}",
    }
    one = template(tmp_path, ASKS, files)
    assert made(one, tmp_path / "out").manifest == tmp_path / "out/spin.toml"
    assert contents(tmp_path / "out") == {
        "spin.toml": APP.replace("{{project-name | kebab_case}}", "my-app"),
        "src/my_app/Hello.txt": f"my app in {tmp_path}/out",
        "Cargo.toml": 'name = "my-app"',
        ".gitignore": "*.wasm\n",
        "a.tmpl.txt": "Ada: Ada <ada@example.com>",
    }


def test_authors_are_those_of_the_environment_before_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bo")
    monkeypatch.setenv("EMAIL", "<bo@example.com>")
    made(template(tmp_path, "", {"content/a": "{{authors}}|{{username}}"}), tmp_path / "out")
    assert contents(tmp_path / "out") == {"a": "Bo <bo@example.com>|Bo"}


def test_without_git_there_are_authors_as_well(
    tmp_path: Path, data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_home / "gitconfig").write_text("[broken")
    monkeypatch.setenv("USER", "bo")
    made(template(tmp_path, "", {"content/a": "{{authors}}"}), tmp_path / "out")
    assert contents(tmp_path / "out") == {"a": "bo"}


@pytest.mark.parametrize("vcs, names", [(True, {".gitignore", "a"}), (False, {"a"})])
def test_ignored_files_are_for_version_control(vcs: bool, names: set[str], tmp_path: Path) -> None:
    one = template(tmp_path, "", {"content/.gitignore.tmpl": "x", "content/a": ""})
    made(one, tmp_path / "out", vcs=vcs)
    assert set(contents(tmp_path / "out")) == names


def test_files_are_skipped_by_the_names_that_they_have_in_the_template(tmp_path: Path) -> None:
    rest = '[new_application]\nskip_files = ["a.txt", "Cargo.toml.tmpl", "b"]\n'
    files = {"content/a.txt": "", "content/Cargo.toml.tmpl": "", "content/b.txt": "", "content/c/a.txt": ""}
    made(template(tmp_path, rest, files), tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {"b.txt", "c/a.txt"}


def test_folders_are_made_as_well(tmp_path: Path) -> None:
    rest = '[outputs]\na = { action = "create_dir", path = "assets/{{project-name | kebab_case}}" }\n'
    made(template(tmp_path, rest, {"content/a": ""}), tmp_path / "out")
    assert (tmp_path / "out/assets/my-app").is_dir()


def test_links_of_a_template_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key").write_text("secret")
    one = template(tmp_path, "", {"content/a": "", "metadata/partials/b": ""})
    (one.folder / "content/key").symlink_to(tmp_path / "secret/key")
    (one.folder / "content/folder").symlink_to(tmp_path / "secret")
    made(one, tmp_path / "out")
    assert set(contents(tmp_path / "out")) == {"a"}


@pytest.mark.parametrize("name", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "", "a\0b"])
def test_no_value_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    rest = '[parameters]\nfile = { type = "string", prompt = "File" }\n'
    one = template(tmp_path, rest, {"content/{{file}}": "x", "content/a": ""})
    message = refusal("template-broken", one, tmp_path / "out", values={"file": name})
    assert "makes no good path" in message
    assert not (tmp_path / "out").exists()


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    one = template(tmp_path, "", {"content/a": "1", "content/a.tmpl": "2"})
    assert "twice" in refusal("template-broken", one, tmp_path / "out")


def test_a_file_that_cannot_be_rendered_leaves_nothing_behind(tmp_path: Path) -> None:
    one = template(tmp_path, "", {"content/a": "fine", "content/z": "{{ nothing }}"})
    refusal("template-broken", one, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_manifest_that_would_be_wrong_leaves_nothing_behind(tmp_path: Path) -> None:
    rest = '[parameters]\nabout = { type = "string", prompt = "About" }\n'
    one = template(tmp_path, rest, {"content/spin.toml": APP + 'description = "{{about}}"\n'})
    with pytest.raises(UserError) as raised:
        made(one, tmp_path / "out", values={"about": 'say "hi"'})
    assert raised.value.location is not None
    assert raised.value.location.source == 'description = "say "hi""'
    assert not (tmp_path / "out").exists()


def test_an_app_may_have_no_trigger_yet(tmp_path: Path) -> None:
    text = 'spin_manifest_version = 2\n[application]\nname = "{{project-name | kebab_case}}"\n'
    assert made(template(tmp_path, "", {"content/spin.toml": text}), tmp_path / "out").manifest is not None


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    one = template(tmp_path, "", {"content/a": "new"})
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b").write_text("mine")
    assert "holds something already" in refusal("file-exists", one, tmp_path / "out")
    made(one, tmp_path / "out", beside=True)
    assert contents(tmp_path / "out") == {"a": "new", "b": "mine"}


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    made(template(tmp_path, "", {"content/a": "new"}), tmp_path / "out")
    assert contents(tmp_path / "out") == {"a": "new"}


def test_a_file_is_overwritten_only_if_that_is_asked_for(tmp_path: Path) -> None:
    one = template(tmp_path, "", {f"content/{name}": "new" for name in "abcdefg"})
    (tmp_path / "out").mkdir()
    for name in "abcdefg":
        (tmp_path / "out" / name).write_text("mine")
    (tmp_path / "out/a").chmod(0o640)
    message = refusal("file-exists", one, tmp_path / "out", beside=True)
    assert message == "this would be overwritten: a, b, c, d, e and 2 more"
    assert set(contents(tmp_path / "out").values()) == {"mine"}
    made(one, tmp_path / "out", overwrite=True)
    assert set(contents(tmp_path / "out").values()) == {"new"}
    assert (tmp_path / "out/a").stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_takes_everything_back(tmp_path: Path) -> None:
    """A folder stands where the last file would be."""
    one = template(tmp_path, "", {"content/a/b": "new", "content/old": "new", "content/z": "new"})
    out = tmp_path / "out"
    (out / "z").mkdir(parents=True)
    (out / "old").write_text("mine")
    assert "cannot be written" in refusal("project-unwritable", one, out, overwrite=True)
    assert sorted(os.listdir(out)) == ["old", "z"]
    assert (out / "old").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    message = refusal("project-unwritable", template(tmp_path, "", {"content/a/b": ""}), tmp_path / "out")
    assert str(tmp_path / "out") in message


def test_values_that_are_wrong_are_said_all_at_once(tmp_path: Path) -> None:
    one = template(tmp_path, ASKS + 'to = { type = "string", prompt = "To whom" }\n')
    with pytest.raises(AtollError) as raised:
        settle(one, part(one, None), {"greeting": "hello", "gretting": "x"}, None)
    problems = [(problem.code, problem.message, problem.hint) for problem in raised.value.problems]  # type: ignore[attr-defined]
    assert problems == [
        ("template-value-invalid", "`small` has no parameter `gretting`", "did you mean `greeting`?"),
        (
            "template-value-invalid",
            "the value of `greeting` does not fit: `hello` does not match the pattern `^[A-Z]`",
            None,
        ),
        ("template-value-missing", "the parameter `to` has no value (To whom)", "give it with -v to=VALUE"),
    ]


def test_allowed_values_are_told(tmp_path: Path) -> None:
    one = template(tmp_path, REQUIRES)
    with pytest.raises(UserError) as raised:
        settle(one, part(one, None), {}, None)
    assert raised.value.hint == "give it with -v to=VALUE, one of a, b"


def test_parameters_that_are_skipped_are_not_asked_for(tmp_path: Path) -> None:
    one = template(tmp_path, '[new_application]\nskip_parameters = ["to"]\n' + REQUIRES)
    assert settle(one, part(one, None), {}, None) == {}


@pytest.mark.parametrize(
    "text, code", [("a = 1\n", "template-value-invalid"), ("a = \n", "manifest-syntax"), (None, "argument-invalid")]
)
def test_a_file_of_values_holds_text(text: str | None, code: str, tmp_path: Path) -> None:
    file = tmp_path / "values.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UserError) as raised:
        read_file(file)
    assert raised.value.code == code


def test_a_template_that_makes_no_apps_says_what_it_is_for(tmp_path: Path) -> None:
    one = template(tmp_path, "new_application.supported = false\nadd_component = {}\n")
    with pytest.raises(UserError) as raised:
        part(one, None)
    assert (raised.value.message, raised.value.hint) == (
        "the template `small` makes no new app",
        "`atoll add` can use it",
    )


def test_what_a_template_says_to_do_next_is_rendered(tmp_path: Path) -> None:
    one = template(tmp_path, "", {"content/a": "", "metadata/following.txt": "run {{project-name}}\n"})
    assert made(one, tmp_path / "out").following == "run my app\n"


def test_nothing_of_a_template_is_run(tmp_path: Path) -> None:
    """A repository of the template's own has hooks, and a project's git config is only read."""
    one = template(tmp_path, "", {"content/a": "", "content/.git/hooks/post-checkout": "touch ../ran\n"})
    subprocess.run(["git", "init", "--quiet", str(one.folder)], check=True)
    made(one, tmp_path / "out")
    assert not (tmp_path / "ran").exists()
