"""`atoll new`, `add` and `templates`, as a script runs them: nobody is there to be asked."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll, atoll
from tests.templates.written import template

__all__ = ("atoll",)


def test_a_new_app_says_what_to_do_next(atoll: Atoll, tmp_path: Path) -> None:
    said = atoll("new", "http-c", "hello", env={"ATOLL_TOOLCHAINS": str(tmp_path / "none"), "PATH": ""})
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "Made `hello` from the template http-c:\n"
        "  hello/.gitignore\n  hello/README.md\n  hello/app.test.toml\n  hello/http.c\n  hello/http.h\n"
        "  hello/main.c\n  hello/spin.toml\n"
        "\nNext:\n  cd hello\n  atoll toolchain install c\n  atoll build --up\n  curl http://127.0.0.1:3000/\n"
    )


def test_what_is_installed_is_not_to_be_installed(atoll: Atoll, tmp_path: Path) -> None:
    place = tmp_path / "place/bin"
    place.mkdir(parents=True)
    for name in ("zig", "component"):
        (place / name).write_text("#!/bin/sh\n")
        (place / name).chmod(0o755)
    said = atoll("new", "http-c", "hello", env={"ATOLL_TOOLCHAINS": str(place.parent)})
    assert "toolchain" not in said.out


def test_of_several_toolchains_each_is_named_once(atoll: Atoll, tmp_path: Path) -> None:
    said = atoll("new", "polyglot", "x", env={"ATOLL_TOOLCHAINS": str(tmp_path / "none"), "PATH": ""})
    assert "  atoll toolchain install rust python javascript\n" in said.out


@pytest.mark.parametrize(
    "arguments, folder",
    [
        (("http-js", "my app"), "my_app"),
        (("-t", "http-js", "hello"), "hello"),
        (("hello", "-t", "http-js"), "hello"),
        (("http-js", "hello", "-o", "some/where"), "some/where"),
        (("http-js", "-o", "where"), "where"),
        (("http-js", "hello", "--init"), "."),
        (("http-py", "hello"), "hello"),
    ],
)
def test_template_name_and_folder_are_said_in_several_ways(
    arguments: tuple[str, ...], folder: str, atoll: Atoll, tmp_path: Path
) -> None:
    said = atoll("new", *arguments)
    assert said.code == 0, said.err
    assert (tmp_path / folder / "spin.toml").is_file()


def test_here_means_the_folder_s_name_and_what_is_there_stays(atoll: Atoll, tmp_path: Path) -> None:
    here = tmp_path / "shop"
    here.mkdir()
    (here / "notes.txt").write_text("mine")
    said = atoll("new", "http-js", "--init", "-o", "shop")
    assert "--init and --output name two folders" in said.err
    assert atoll("new", "http-js", "-o", "shop").code == 1
    assert atoll("new", "http-js", "-o", "shop", "--allow-overwrite").code == 0
    assert 'name = "shop"' in (here / "spin.toml").read_text()
    assert (here / "notes.txt").read_text() == "mine"


def test_without_version_control_there_is_nothing_for_it(atoll: Atoll, tmp_path: Path) -> None:
    assert atoll("new", "http-js", "hello", "--no-vcs").code == 0
    assert not (tmp_path / "hello/.gitignore").exists()


def test_values_come_from_a_file_and_from_the_line_which_goes_before(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "values.toml").write_text('http-path = "/file"\nproject-description = "from a file"\n')
    said = atoll("new", "http-js", "hello", "--values-file", "values.toml", "-v", "http-path=/line")
    assert said.code == 0, said.err
    text = (tmp_path / "hello/spin.toml").read_text()
    assert 'route = "/line"' in text
    assert 'description = "from a file"' in text


@pytest.mark.parametrize(
    "arguments, code, message, hint",
    [
        ((), "template-value-missing", "no template was chosen", "name one with -t"),
        (("--tag", "go", "hello"), "template-value-missing", "no template was chosen", "such as -t cli-go;"),
        (("--tag", "cobol"), "template-unknown", "no template has the tags cobol", "templates list"),
        (("http-js",), "template-value-missing", "no name was given", "write it behind the template"),
        (("http-jss", "x"), "template-unknown", "there is no template `http-jss`", "did you mean `http-js`?"),
        (("a", "b", "c"), "argument-invalid", "unexpected argument `c`", "give a template and a name"),
        (("-t", "http-js", "a", "b"), "argument-invalid", "unexpected argument `b`", "give a template"),
        (("http-js", "2fast"), "argument-invalid", "`2fast` cannot be a name", "`my-app`"),
        (("http-js", "../x"), "argument-invalid", "`../x` cannot be a name", "`my-app`"),
        (("redirect", "x"), "template-value-missing", "`redirect-to` has no value", "-v redirect-to=VALUE"),
        (("http-js", "x", "-v", "nope=1"), "template-value-invalid", "has no parameter `nope`", "`http-path`"),
        (("http-js", "x", "-v", "http-path=x"), "template-value-invalid", "does not match the pattern", None),
        (("http-js", "x", "-v", "nope"), "environment-argument-invalid", "not of the form NAME=VALUE", None),
        (("http-js", "x", "-v", 'project-description="'), "manifest-syntax", "not valid TOML", None),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_made(
    arguments: tuple[str, ...], code: str, message: str, hint: str | None, atoll: Atoll, tmp_path: Path
) -> None:
    said = atoll("--json", "new", *arguments)
    assert said.code == 1
    (problem,) = json.loads(said.err)["problems"]
    assert problem["code"] == code
    assert message in problem["message"]
    assert hint is None or hint in problem["hint"]
    assert list(tmp_path.iterdir()) == []


def test_a_component_is_added_to_the_nearest_app_under_a_free_route(atoll: Atoll, tmp_path: Path) -> None:
    assert atoll("new", "http-js", "shop").code == 0
    said = atoll("add", "http-js", "my api", "-f", "shop")
    assert said.code == 0, said.err
    text = (tmp_path / "shop/spin.toml").read_text()
    assert 'route = "/my-api/..."\ncomponent = "my-api"' in text
    assert "  curl http://127.0.0.1:3000/my-api/\n" in said.out
    assert "  cd shop\n" in said.out
    assert (tmp_path / "shop/my_api/app.js").is_file()
    assert not (tmp_path / "shop/my_api/spin.toml").exists()


def test_a_route_that_is_taken_is_said_to_be(atoll: Atoll, tmp_path: Path) -> None:
    assert atoll("new", "http-js", "shop").code == 0
    said = atoll("add", "http-js", "api", "-f", "shop", "-v", "http-path=/...")
    assert (said.code, said.err.splitlines()[0]) == (1, "error: the app answers `/...` already")
    assert not (tmp_path / "shop/api").exists()


def test_without_an_app_there_is_nothing_to_add_to(atoll: Atoll) -> None:
    assert "there is no spin.toml in . or above it" in atoll("add", "http-js", "api").err


def test_templates_of_one_s_own_are_installed_used_and_removed(atoll: Atoll, tmp_path: Path) -> None:
    template(tmp_path, 'description = "Mine"\ntags = ["x"]\n', {"content/a": "{{project-name}}"})
    said = atoll("templates", "install", "--dir", "small")
    assert (said.code, said.out, said.err) == (0, "small  Mine\n", "")
    said = atoll("templates", "list", "--tag", "X", "-v")
    assert said.out == "small  Mine\n       x; from ./small\n"
    (record,) = json.loads(atoll("templates", "list", "--tag", "x", "--json").out)
    assert record == {
        "id": "small",
        "description": "Mine",
        "tags": ["x"],
        "new": True,
        "add": False,
        "installed_from": "./small",
        "parameters": {},
    }
    assert atoll("new", "small", "one").code == 0
    assert (tmp_path / "one/a").read_text() == "one"
    assert atoll("templates", "remove", "small").code == 0
    assert atoll("new", "small", "two").code == 1


def test_a_broken_template_does_not_keep_the_others_from_being_installed(atoll: Atoll, tmp_path: Path) -> None:
    template(tmp_path / "templates")
    (tmp_path / "templates/broken/metadata").mkdir(parents=True)
    (tmp_path / "templates/broken/metadata/spin-template.toml").write_text('manifest_version = "1"\nid = 3\n')
    said = atoll("templates", "install", "--dir", ".")
    assert (said.code, said.out) == (1, "small  \n")
    assert "--> ./templates/broken/metadata/spin-template.toml:2:6" in said.err
    assert "`id` must be a string, not an integer" in said.err


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((), "name one source: --dir, --tar or --git"),
        (("--dir", ".", "--tar", "x"), "name one source"),
        (("--dir", ".", "--branch", "x"), "--branch goes with --git"),
        (("--dir", "none"), "there is no folder none"),
        (("--dir", "."), ". holds no templates"),
        (("--tar", "none.tar"), "none.tar cannot be unpacked: no such file or directory"),
    ],
)
def test_a_source_that_cannot_be_is_refused(arguments: tuple[str, ...], message: str, atoll: Atoll) -> None:
    said = atoll("templates", "install", *arguments)
    assert said.code == 1
    assert message in said.err


def test_a_broken_one_that_is_installed_is_said_after_the_list(atoll: Atoll, data_home: Path) -> None:
    (data_home / "atoll/templates/broken").mkdir(parents=True)
    said = atoll("templates", "list")
    assert said.code == 1
    assert "http-python" in said.out
    assert "broken is no template" in said.err
