"""`atoll wit diff`: what changed, whether it breaks, and the version that it asks for."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Atoll
from tests.support import built
from tests.wit.conftest import Written

BEFORE = """
interface parts {
  record book { title: string, pages: u32 }
  variant found { nothing, one(book) }
  enum state { open, shut }
  flags marks { read, lent }
  resource shelf { constructor(room: u32); put: func(book: book) -> result<u32>; static-empty: static func() -> shelf; }
  type name = string;
  find: func(name: name) -> found;
}
world shop { import parts; export run: func(); export inner: interface { f: func(); } }
"""


@pytest.fixture
def compared(atoll: Atoll, written: Written) -> Any:
    """What is said of `BEFORE` and the same with one text in place of another; versions are those of the packages."""

    def compare(old: str, new: str, versions: tuple[str, str] = ("1.2.3", "1.2.3"), text: str = BEFORE) -> Any:
        assert old in text
        written("old", f"package a:b{versions[0] and '@'}{versions[0]};\n{text}")
        written("new", f"package a:b{versions[1] and '@'}{versions[1]};\n{text.replace(old, new)}")
        said = atoll("wit", "diff", "old", "new", "--json")
        told = json.loads(said.out)
        assert said.code == (0 if told["keeps"] else 1)
        return told

    return compare


def changes(told: Any) -> list[tuple[str, str, str, bool]]:
    return [(one["what"], one["kind"], one["name"], one["breaking"]) for one in told["changes"]]


def test_what_is_equal_has_no_differences(compared: Any, atoll: Atoll) -> None:
    told = compared("interface", "/// A comment.\ninterface")
    assert (told["changes"], told["breaking"], told["keeps"]) == ([], False, True)
    assert atoll("wit", "diff", "old", "new").out == "no differences\n"


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("pages: u32", "pages: u32, tags: list<string>", ("added", "field", "book.tags", True)),
        ("title: string, ", "", ("removed", "field", "book.title", True)),
        ("pages: u32", "pages: u64", ("changed", "field", "book.pages", True)),
        ("title: string, pages: u32", "pages: u32, title: string", ("changed", "record", "book", True)),
        ("nothing, one", "nothing, many, one", ("added", "case", "found.many", True)),
        ("one(book)", "one", ("changed", "case", "found.one", True)),
        ("open, shut", "open", ("removed", "case", "state.shut", True)),
        ("read, lent", "read, lent, lost", ("added", "flag", "marks.lost", True)),
        ("room: u32", "room: u64", ("changed", "function", "shelf.constructor", True)),
        ("put: func(book: book)", "put: func(of: book)", ("changed", "function", "shelf.put", True)),
        ("static-empty: static func() -> shelf;", "", ("removed", "function", "shelf.static-empty", True)),
        ("find: func", "find: async func", ("changed", "function", "find", True)),
        ("find: func", "seek: func(); find: func", ("added", "function", "seek", False)),
        ("type name = string", "type name = u8", ("changed", "type", "name", True)),
        ("(name: name)", "(name: string)", ("changed", "function", "find", False)),
        ("enum state { open, shut }", "", ("removed", "enum", "state", True)),
        ("import parts;", "", ("removed", "import", "a:b/parts", True)),
        ("import parts;", "import parts; import log: func();", ("added", "import", "log", False)),
        ("export run: func();", "", ("removed", "export", "run", True)),
        ("export run: func();", "export run: func() -> u8;", ("changed", "function", "run", True)),
        ("export run: func();", "export run: func(); export more: func();", ("added", "export", "more", True)),
        ("{ f: func(); }", "{ f: func(); g: func(); }", ("added", "function", "g", True)),
        ("world shop", "interface other {}\nworld shop", ("added", "interface", "a:b/other", False)),
        ("world shop", "world other {}\nworld shop", ("added", "world", "a:b/other", False)),
    ],
)
def test_each_change_is_told_with_what_it_breaks(
    compared: Any, old: str, new: str, change: tuple[str, str, str, bool]
) -> None:
    told = compared(old, new)
    assert changes(told) == [change]
    one = told["changes"][0]
    assert (one["old"] is None, one["new"] is None) == (change[0] == "added", change[0] == "removed")


@pytest.mark.parametrize(
    ("versions", "asked", "keeps"),
    [
        (("1.2.3", "1.2.4"), "2.0.0", False),
        (("1.2.3", "2.0.0"), "2.0.0", True),
        (("1.2.3", "2.0.0-rc.1"), "2.0.0", True),
        (("0.2.3", "0.2.4"), "0.3.0", False),
        (("0.2.3", "0.3.0"), "0.3.0", True),
        (("", "1.0.0"), None, True),
        (("1.0.0", ""), "2.0.0", True),
    ],
)
def test_what_breaks_asks_for_another_version(
    compared: Any, versions: tuple[str, str], asked: str | None, keeps: bool
) -> None:
    told = compared("pages: u32", "pages: u64", versions)
    assert (told["version"]["asked"], told["keeps"], told["breaking"]) == (asked, keeps, True)


def test_what_is_added_asks_for_a_minor_version(compared: Any, atoll: Atoll) -> None:
    told = compared("find: func", "seek: func(); find: func", ("1.2.3", "1.2.4"))
    assert (told["version"]["asked"], told["keeps"]) == ("1.3.0", False)
    assert atoll("wit", "diff", "old", "new").out == (
        "a:b/parts\n  added function seek\n    + seek: func()\n"
        "not breaking: 1.2.3 becomes at least 1.3.0; it is 1.2.4\n"
    )
    assert compared("find: func", "seek: func(); find: func", ("0.2.3", "0.2.4"))["keeps"] is True


def test_types_of_others_count_by_what_they_are(compared: Any, written: Written) -> None:
    for folder, version, more in (("old", "0.2.0", ""), ("new", "0.2.9", "")):
        written(
            f"{folder}/deps/c", f"package c:d@{version};\ninterface e {{ resource r; record t {{ x: u8{more} }} }}\n"
        )
    text = "interface i { use c:d/e@0.2.0.{r, t}; f: func(of: borrow<r>) -> t; }\n"
    told = compared("@0.2.0", "@0.2.9", text=text)
    assert changes(told) == [("changed", "use", "r", False), ("changed", "use", "t", False)]
    written("new/deps/c", "package c:d@0.3.0;\ninterface e { resource r; record t { x: u8 } }\n")
    told = compared("@0.2.0", "@0.3.0", text=text)
    assert ("changed", "use", "r", True) in changes(told)
    assert ("changed", "use", "t", False) in changes(told)


def test_a_component_takes_another_s_place_with_less_needs_and_more_to_give(atoll: Atoll) -> None:
    small, large = str(built("c-http")), str(built("go-http"))
    told = json.loads(atoll("wit", "diff", small, large, "--json").out)
    imports = {(one["what"], one["breaking"]) for one in told["changes"] if one["kind"] == "import"}
    assert (imports, told["breaking"], told["keeps"]) == ({("added", True)}, True, True)
    told = json.loads(atoll("wit", "diff", large, small, "--json").out)
    assert not [one for one in told["changes"] if one["breaking"]]
    assert atoll("wit", "diff", small, small).out == "no differences\n"


def test_a_component_breaks_what_an_interface_promises(atoll: Atoll, written: Written) -> None:
    for name, result in (("old", "u32"), ("new", "u64")):
        made = f"""(component (core module $m (func (export "f") (result i{result[1:]}) i{result[1:]}.const 1))
          (core instance $i (instantiate $m)) (func $f (result {result}) (canon lift (core func $i "f")))
          (instance $x (export "f" (func $f))) (export "a:b/x@1.0.0" (instance $x)))"""
        written(".", made, f"{name}.wat")
    said = atoll("wit", "diff", "old.wat", "new.wat")
    assert said.code == 1
    assert said.out == (
        "a:b/x@1.0.0\n  breaking changed function f\n    - f: func() -> u32\n    + f: func() -> u64\nbreaking\n"
    )


def test_types_that_hold_each_other_without_names_end_somewhere(atoll: Atoll, written: Written) -> None:
    deep = "list<" * 200 + "u8" + ">" * 200
    folder = written("deep", f"package a:b;\ninterface x {{ f: func(of: {deep}); }}\n")
    said = atoll("--json", "wit", "diff", str(folder), str(folder))
    assert (said.code, "wit-too-large" in said.err or "wit-invalid" in said.err) == (1, True)
    wide = "u64"
    for _ in range(14):
        wide = f"tuple<{wide}, {wide}>"
    folder = written("wide", f"package a:b;\ninterface x {{ f: func(of: {wide}); }}\n")
    said = atoll("--json", "wit", "diff", str(folder), str(folder))
    assert (said.code, "wit-too-large" in said.err) == (1, True)


def test_a_package_is_not_compared_with_a_component(atoll: Atoll, written: Written) -> None:
    written("old", "package a:b;\n")
    said = atoll("wit", "diff", "old", str(built("c-http")))
    assert (said.code, "hint: `atoll wit check`" in said.err) == (1, True)
