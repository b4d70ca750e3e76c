"""Which components are built, how, and in which order."""

from pathlib import Path

import pytest

from atoll.app import App
from atoll.build import steps
from atoll.errors import Problems, UserError
from tests.build.apps import written

BUILT = 'source = "{0}.wasm"\nbuild.command = "true"\n'


def names(folder: Path, components: dict[str, str], *chosen: str) -> list[str]:
    return [step.component for step in steps(written(folder, components), chosen)]


def test_a_component_without_a_command_is_not_built(tmp_path: Path) -> None:
    assert names(tmp_path, {"one": BUILT.format("one"), "two": 'source = "two.wasm"\n'}) == ["one"]


def test_a_step_has_what_the_manifest_says(tmp_path: Path) -> None:
    keys = 'source = "out/web.wasm"\nbuild = { command = ["make", "strip"], workdir = "web", watch = ["*.c"] }'
    (step,) = steps(written(tmp_path, {"web": keys}))
    assert (step.commands, step.folder, step.watch) == (("make", "strip"), tmp_path / "web", ("*.c",))
    assert step.output == tmp_path / "out/web.wasm"
    assert step.place is not None
    assert "make" in step.place.source


def test_a_profile_has_a_command_of_its_own(tmp_path: Path) -> None:
    keys = BUILT.format("one") + 'profile.debug.build.command = "debug"\n'
    written(tmp_path, {"one": keys})
    assert steps(App.load(tmp_path, profile="debug"))[0].commands == ("debug",)
    assert steps(App.load(tmp_path))[0].commands == ("true",)


def test_a_component_comes_after_those_that_it_is_composed_with(tmp_path: Path) -> None:
    components = {
        "a": BUILT.format("a") + 'dependencies."x:y/b" = { path = "b.wasm" }\n',
        "b": BUILT.format("b") + 'dependencies."x:y/c" = { path = "./c.wasm" }\n',
        "c": BUILT.format("c"),
    }
    assert names(tmp_path, components) == ["c", "b", "a"]
    (_, _, last) = steps(written(tmp_path, components))
    assert last.after == {"b", "c"}


def test_it_comes_after_one_that_it_names_by_its_id(tmp_path: Path) -> None:
    components = {
        "a": BUILT.format("a") + 'dependencies."x:y/c" = { component = "c" }\n',
        "b": 'source = "b.wasm"\n',
        "c": BUILT.format("c"),
    }
    (first, second) = steps(written(tmp_path, components))
    assert (first.component, second.component, [*second.after]) == ("c", "a", ["c"])


def test_only_what_was_chosen_is_built(tmp_path: Path) -> None:
    components = {name: BUILT.format(name) for name in ("one", "two", "three")}
    assert names(tmp_path, components, "three", "one") == ["one", "three"]
    with pytest.raises(UserError, match="no component `four`") as raised:
        names(tmp_path, components, "four")
    assert raised.value.hint == "known here: `one`, `three`, `two`"
    with pytest.raises(UserError) as raised:
        names(tmp_path, components, "tree")
    assert raised.value.hint == "did you mean `three`?"


def test_components_that_need_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    components = {
        "a": BUILT.format("a") + 'dependencies."x:y/b" = { path = "b.wasm" }\n',
        "b": BUILT.format("b") + 'dependencies."x:y/a" = { path = "a.wasm" }\n',
    }
    with pytest.raises(UserError) as raised:
        names(tmp_path, components)
    assert raised.value.code == "build-circle"
    assert raised.value.message in {
        "components need each other: `a` needs `b` needs `a`",
        "components need each other: `b` needs `a` needs `b`",
    }
    assert raised.value.location is not None


def test_globs_that_are_none_are_refused_all_at_once(tmp_path: Path) -> None:
    keys = 'source = "{0}.wasm"\nbuild = {{ command = "true", watch = ["a**"] }}\n'
    with pytest.raises(Problems) as raised:
        names(tmp_path, {"one": keys.format("one"), "two": keys.format("two")})
    assert [problem.code for problem in raised.value.problems] == ["manifest-value-invalid"] * 2
    assert all(problem.location and "a**" in problem.location.source for problem in raised.value.problems)
