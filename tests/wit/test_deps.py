"""`atoll wit new`, `add` and `update`: what comes into `deps`, and what the lock file says of it."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from atoll.errors import UserError
from atoll.host import wit
from atoll.manifest.versions import Version
from atoll.packages.wit import deps, sources
from atoll.packages.wit.located import unfold
from atoll.packages.wit.sources import Found, Standard
from atoll.packages.wit.versions import Wanted
from tests.cli.conftest import Atoll
from tests.wit.conftest import Written

OWN = "package acme:shop@0.1.0;\nworld shop { import acme:parts/bell@1.0.0; }\n"


def parts(version: str, more: str = "") -> str:
    return f"package acme:parts@{version};\ninterface bell {{ ring: func(); {more} }}\n"


def locked(folder: Path) -> dict[str, Any]:
    """The packages of the lock file by their names."""
    return {one["name"]: one for one in tomllib.loads((folder / "deps.lock").read_text())["package"]}


def test_a_new_package_is_valid(atoll: Atoll, tmp_path: Path) -> None:
    assert atoll("wit", "new", "acme:greeter@2.0.0").out == "wit/world.wit\n"
    assert "package acme:greeter@2.0.0;" in (tmp_path / "wit" / "world.wit").read_text()
    assert atoll("wit", "check").out == "wit: is valid\n"
    again = atoll("wit", "new", "acme:greeter")
    assert (again.code, "has a package already" in again.err) == (1, True)


@pytest.mark.parametrize(
    ("name", "words"), [("greeter", "no name of a package"), ("acme:list", "word of the language")]
)
def test_a_package_needs_a_name(atoll: Atoll, tmp_path: Path, name: str, words: str) -> None:
    said = atoll("wit", "new", name)
    assert (said.code, words in said.err) == (1, True)
    assert not (tmp_path / "wit" / "world.wit").exists()
    assert atoll("wit", "new", "acme:api").code == 0


def test_a_standard_package_comes_with_all_that_it_needs(atoll: Atoll, written: Written) -> None:
    folder = written("wit", "package acme:shop@0.1.0;\nworld shop { include wasi:http/imports@0.2.6; }\n")
    said = atoll("wit", "check")
    assert (said.code, "hint: `atoll wit add wasi:http@0.2.6`" in said.err) == (1, True)
    told = json.loads(atoll("wit", "add", "wasi:http@0.2.6", "--json").out)
    assert {"wasi:http@0.2.12", "wasi:io@0.2.12", "wasi:clocks@0.2.12"} <= set(told["added"])
    assert (told["removed"], told["edited"]) == ([], ["world.wit"])
    assert atoll("wit", "check").out == "wit: is valid\n"
    lock = locked(folder)
    assert (lock["wasi:http"]["requirement"], lock["wasi:http"]["source"]) == ("wasi:http@0.2.6", "atoll")
    assert "requirement" not in lock["wasi:io"]
    assert atoll("wit", "update").out == "nothing to do\n"


def test_every_standard_package_is_whole(tmp_path: Path) -> None:
    packages = Standard().packages
    assert len(packages) > 35
    for number, (name, version) in enumerate(packages):
        unfold(Wanted(name, version, exact=True), tmp_path / str(number))
        assert wit.text(tmp_path / str(number), whole=False).startswith(f"package {name}")


def test_the_newest_version_is_taken_that_can_stand_for_what_is_wanted() -> None:
    def version(text: str) -> str:
        package = Standard().find(Wanted.parse(text))
        assert package is not None
        return str(package.version)

    assert version("spin:postgres@4.0.0") == "4.2.0"
    assert version("spin:postgres@3.0.0") == "3.0.0"
    assert version("wasi:http") == "0.3.0"
    assert Standard().find(Wanted.parse("spin:postgres@5.0.0")) is None


def test_a_package_of_one_s_own_is_renewed_with_those_who_name_it(atoll: Atoll, written: Written) -> None:
    folder, other = written("wit", OWN), written("parts", parts("1.0.0"))
    assert atoll("wit", "add", "--from", "parts").out == "added acme:parts@1.0.0\n"
    assert locked(folder)["acme:parts"]["source"] == "path:../parts"
    assert atoll("wit", "check").code == 0
    written("parts", parts("1.1.0", "toll: func();"))
    told = json.loads(atoll("wit", "update", "acme:parts", "--json").out)
    assert told == {"added": ["acme:parts@1.1.0"], "removed": ["acme:parts@1.0.0"], "edited": ["world.wit"]}
    assert "acme:parts/bell@1.1.0" in (folder / "world.wit").read_text()
    assert atoll("wit", "check").code == 0
    written("parts", parts("2.0.0"))
    refused = atoll("wit", "update")
    assert (refused.code, "nobody has the package `acme:parts@1.0.0`" in refused.err) == (1, True)
    assert locked(folder)["acme:parts"]["version"] == "1.1.0"
    assert other.exists()


def test_a_package_is_taken_from_text_wasm_and_deps(atoll: Atoll, written: Written) -> None:
    written("parts", parts("1.0.0"))
    written("parts/deps/deep", "package acme:deep@1.0.0;\ninterface well {}\n", "deep.wit")
    folder = written("wit", "package acme:shop@0.1.0;\n")
    assert atoll("wit", "add", "acme:deep@1.0.0", "--from", "parts").out == "added acme:deep@1.0.0\n"
    assert atoll("wit", "print", "parts", "-o", "parts.wasm").code == 0
    assert atoll("wit", "add", "acme:parts", "--from", "parts.wasm").out == "added acme:parts@1.0.0\n"
    assert (folder / "deps" / "acme-parts-1.0.0" / "package.wit").is_file()
    (folder / "world.wit").write_text(OWN)
    said = atoll("wit", "check")
    assert (said.code, said.err) == (0, "")
    assert atoll("wit", "add", "acme:other", "--from", "parts.wasm").code == 1


def test_what_nobody_needs_any_more_goes(atoll: Atoll, written: Written) -> None:
    folder = written("wit", "package acme:shop@0.1.0;\n")
    written("one", "package acme:one@1.0.0;\ninterface x { use acme:two/y@1.0.0.{t}; }\n")
    written("one/deps/two", "package acme:two@1.0.0;\ninterface y { type t = u8; }\n")
    assert atoll("wit", "add", "--from", "one").out == "added acme:one@1.0.0\nadded acme:two@1.0.0\n"
    written("one", "package acme:one@1.0.1;\ninterface x {}\n")
    told = json.loads(atoll("wit", "update", "--json").out)
    assert told["removed"] == ["acme:one@1.0.0", "acme:two@1.0.0"]
    assert [place.name for place in (folder / "deps").iterdir()] == ["acme-one-1.0.1"]


def test_a_package_that_was_changed_is_found_out(atoll: Atoll, written: Written) -> None:
    folder = written("wit", "package acme:shop@0.1.0;\n")
    atoll("wit", "add", "wasi:random@0.2.0")
    file = next((folder / "deps").glob("wasi-random*/*.wit"))
    file.write_text(file.read_text() + "\n")
    for command in (["check"], ["update"], ["add", "wasi:io@0.2.0"], ["add"]):
        said = atoll("--json", "wit", *command)
        assert (said.code, "wit-dependency-changed" in said.err) == (1, True), command
    file.unlink()
    file.parent.rmdir()
    said = atoll("wit", "check")
    assert "hint: `atoll wit add` without a name" in said.err
    assert atoll("wit", "add").out == "added wasi:random@0.2.12\n"
    assert atoll("wit", "check").code == 0


def test_a_source_that_changed_under_its_version_is_not_put_back(atoll: Atoll, written: Written) -> None:
    folder = written("wit", "package acme:shop@0.1.0;\n")
    place = written("parts", parts("1.0.0"))
    atoll("wit", "add", "--from", str(place))
    written("parts", parts("1.0.0", "toll: func();"))
    (folder / "deps" / "acme-parts-1.0.0" / "world.wit").unlink()
    (folder / "deps" / "acme-parts-1.0.0").rmdir()
    said = atoll("wit", "add")
    assert (said.code, "has something else under this version" in said.err) == (1, True)


def test_what_others_put_into_deps_stays(atoll: Atoll, written: Written) -> None:
    folder = written("wit", "package acme:shop@0.1.0;\n")
    written("wit/deps/mine", "package acme:two@1.0.0;\ninterface y { type t = u8; }\n")
    written("one", "package acme:one@1.0.0;\ninterface x { use acme:two/y@1.0.0.{t}; }\n")
    assert atoll("wit", "add", "--from", "one").out == "added acme:one@1.0.0\n"
    written("wit/deps/acme-three-1.0.0", "package acme:nothing;\n")
    written("three", "package acme:three@1.0.0;\n")
    said = atoll("wit", "add", "--from", "three")
    assert (said.code, "hint: move it away" in said.err) == (1, True)
    written("two", "package acme:two@1.0.0;\n")
    said = atoll("wit", "add", "--from", "two")
    assert (said.code, "`wit/deps/mine` lies where" in said.err) == (1, True)
    assert (folder / "deps" / "mine" / "world.wit").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version = 2\n", "its version is 2"),
        ("version = 1\n[[package]]\nname = 'x'\n", "missing required field"),
        ("version = 1\npackage = [{name='../x:y', source='atoll', digest=''}]\n", "no name of a package"),
        ("version = 1\npackage = [{name='a:b', version='../1', source='atoll', digest=''}]\n", "is no version"),
        ("]", "cannot be read"),
    ],
)
def test_a_lock_file_that_is_none_is_refused(atoll: Atoll, written: Written, text: str, words: str) -> None:
    written("wit", "package acme:shop@0.1.0;\n")
    written("wit", text, "deps.lock")
    said = atoll("wit", "check")
    assert (said.code, words in said.err) == (1, True), said.err


def test_a_source_that_is_gone_is_named(atoll: Atoll, written: Written) -> None:
    written("wit", "package acme:shop@0.1.0;\n")
    lock = "version = 1\npackage = [{name='a:b', requirement='a:b', source='moon', digest='sha256:0'}]\n"
    written("wit", lock, "deps.lock")
    said = atoll("wit", "add")
    assert (said.code, "comes from `moon`" in said.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "wasi:htp"], "did you mean `wasi:http`"),
        (["add", "wasi:http@9.0.0"], "atoll brings 0.2.12, 0.3.0"),
        (["add", "spin:up"], "nobody has the package"),
        (["add", "a:b", "--from", "nowhere"], "there is no WIT at `nowhere`"),
        (["add", "wasi:io", "--wit", "nowhere"], "there is no folder `nowhere`"),
        (["update", "wasi:io"], "was not added"),
    ],
)
def test_what_cannot_be_added_is_refused(atoll: Atoll, written: Written, arguments: list[str], words: str) -> None:
    written("wit", "package acme:shop@0.1.0;\n")
    said = atoll("wit", *arguments)
    assert (said.code, words in said.err) == (1, True), said.err


def test_a_package_that_is_too_large_is_refused(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LARGEST", 100)
    place = written("parts", parts("1.0.0", "// " + "x" * 100 + "\n"))
    with pytest.raises(UserError) as refused:
        sources.found(place, "")
    assert refused.value.code == "wit-too-large"


class Registry:
    """A source of somebody else's."""

    name = "registry:example"

    def find(self, wanted: Wanted) -> Found | None:
        if wanted.name != "acme:far":
            return None
        version = Version(1, 2, 0)
        text = b"package acme:far@1.2.0;\ninterface x { use wasi:io/poll@0.2.12.{pollable}; }\n"
        return Found(
            "acme:far", version, {"far.wit": text}, [Wanted("wasi:io", Version(0, 2, 12), exact=True)], self.name
        )


def test_a_source_is_whatever_finds_packages(written: Written) -> None:
    folder = written("wit", "package acme:shop@0.1.0;\nworld w { import acme:far/x@1.2.0; }\n")
    changes = deps.add(folder, Wanted.parse("acme:far@1.0.0"), [Registry()])
    assert changes.added == ["acme:far@1.2.0", "wasi:io@0.2.12"]
    assert locked(folder)["acme:far"]["source"] == "registry:example"
    assert "pollable" in wit.text(folder, whole=True)
    assert deps.update(folder, ["acme:far"], [Registry()]).added == []
