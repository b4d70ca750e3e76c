"""`atoll wit check` and `print`: a component and the worlds that it fits, and WIT as it is."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll
from tests.support import built
from tests.wit.conftest import Written

WORLD = """package acme:shop@0.2.1;
interface x { f: func(n: u32); }
world shop { import x; import log: func(line: u32); export run: func(); }
"""


def component(imports: str, exports: str) -> str:
    return f"""(component {imports} (core module $m (func (export "r"))) (core instance $i (instantiate $m))
      (func $r (canon lift (core func $i "r"))) {exports})"""


def test_components_fit_the_worlds_that_they_were_built_for(atoll: Atoll) -> None:
    guest = str(built("c-http"))
    assert atoll("wit", "check", guest, "--wit", "wasi:http@0.2.12", "--world", "proxy").code == 0
    assert atoll("wit", "check", guest, "--wit", guest).code == 0
    said = atoll("wit", "check", guest, "--wit", "wasi:http@0.3.0", "--world", "service", "--json")
    told = json.loads(said.out)
    assert (said.code, told["fits"]) == (1, False)
    assert ("export", "wasi:http/handler@0.3.0") in [(one["side"], one["name"]) for one in told["misfits"]]


def test_less_is_fine_and_so_is_a_version_that_can_stand_for_another(atoll: Atoll, written: Written) -> None:
    written("wit", WORLD)
    run = '(export "run" (func $r)) (export "more" (func $r))'
    written(".", component("", run), "less.wat")
    function = '(export "f" (func (param "n" u32)))'
    written(".", component(f'(import "acme:shop/x@0.2.0" (instance {function}))', run), "older.wat")
    for file in ("less.wat", "older.wat"):
        said = atoll("wit", "check", file, "--world", "shop")
        assert (said.code, said.out) == (0, f"wit: `{file}` fits\n")


def test_everything_that_does_not_fit_is_told_with_both_sides(atoll: Atoll, written: Written) -> None:
    written("wit", WORLD)
    functions = '(export "f" (func (param "n" u64))) (export "g" (func))'
    imports = f'(import "acme:shop/x@0.2.1" (instance {functions})) (import "other" (func (result u8)))'
    written(".", component(f'{imports} (import "log" (func (param "line" u64)))', ""), "c.wat")
    said = atoll("wit", "check", "c.wat")
    assert said.code == 1
    assert said.out == (
        "import other: the world does not import it\n"
        "  component: other: func() -> u8\n"
        "export run: the component does not export it\n"
        "  world:     run: func()\n"
        "import acme:shop/x@0.2.1 f: its types differ\n"
        "  component: f: func(n: u64)\n"
        "  world:     f: func(n: u32)\n"
        "import acme:shop/x@0.2.1 g: the world has none\n"
        "  component: g: func()\n"
        "import log: its types differ\n"
        "  component: log: func(line: u64)\n"
        "  world:     log: func(line: u32)\n"
    )


def test_a_type_that_differs_is_told_by_itself(atoll: Atoll, written: Written) -> None:
    text = "package a:b;\ninterface x {{ record r {{ n: {0} }} f: func() -> r; }}\nworld w {{ export x; }}\n"
    written("wit", text.format("u32"))
    made = """(component (core module $m (func (export "f") (result i64) i64.const 1))
      (core instance $i (instantiate $m)) (type $t (record (field "n" u64)))
      (func $f (result $t) (canon lift (core func $i "f")))
      (component $c (type $own (record (field "n" u64))) (import "type-r" (type $r (eq $own)))
        (import "func-f" (func $f (result $r))) (export $e "r" (type $r)) (export "f" (func $f) (func (result $e))))
      (instance $x (instantiate $c (with "type-r" (type $t)) (with "func-f" (func $f))))
      (export "a:b/x" (instance $x)))"""
    written(".", made, "c.wat")
    said = atoll("wit", "check", "c.wat")
    assert said.out == (
        "export a:b/x r: its types differ\n  component: record r { n: u64 }\n  world:     record r { n: u32 }\n"
    )
    assert said.code == 1
    written("wit", text.format("u64"))
    assert atoll("wit", "check", "c.wat").code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["c.wat", "--world", "shup"], "there is no world `shup`"),
        (["nowhere.wasm"], "`nowhere.wasm` cannot be read"),
        (["wit"], "`wit` is a package of WIT"),
        (["made.wasm", "--wit", "empty"], "`made.wasm` is a package of WIT"),
        (["c.wat", "--wit", "nowhere"], "there is no WIT at `nowhere`"),
        (["c.wat", "--wit", "wasi:htp@0.2.0"], "did you mean `wasi:http`"),
        (["c.wat", "--wit", "wasi:http@7.0.0"], "atoll brings 0.2.12"),
    ],
)
def test_what_cannot_be_checked_is_refused(atoll: Atoll, written: Written, arguments: list[str], words: str) -> None:
    written("wit", WORLD)
    written("empty", "package a:b;\nworld w {}\n")
    written(".", component("", ""), "c.wat")
    assert atoll("wit", "print", "-o", "made.wasm").code == 0
    said = atoll("wit", "check", *arguments)
    assert (said.code, words in said.err) == (1, True), said.err


def test_bad_wit_has_its_place(atoll: Atoll, written: Written) -> None:
    written("wit", "package a:b;\n\ninterface x {\n  f: func() -> nothing;\n}\n")
    said = atoll("wit", "check")
    assert said.code == 1
    assert said.err.splitlines()[1:4] == [" --> wit/world.wit:4:16", "  |", "4 |   f: func() -> nothing;"]
    [told] = json.loads(atoll("--json", "wit", "print").err)["problems"]
    assert (told["code"], told["location"]["line"], told["location"]["column"]) == ("wit-invalid", 4, 16)


def test_wit_is_printed_as_it_is(atoll: Atoll, written: Written, tmp_path: Path) -> None:
    written("wit", "package a:b;\ninterface x { use c:d/e.{t}; f: func() -> t; }\nworld w { export x; }\n")
    written("wit/deps/d", "package c:d;\ninterface e { /// Of eight bits.\ntype t = u8; }\n")
    alone = atoll("wit", "print").out
    assert alone.startswith("package a:b;\n") and "c:d {" not in alone
    whole = atoll("wit", "print", "--deps").out
    assert "package c:d {" in whole and "/// Of eight bits." in whole
    assert atoll("wit", "print", "wit", "-o", "made.wasm").code == 0
    assert (tmp_path / "made.wasm").read_bytes().startswith(b"\0asm")
    assert atoll("wit", "print", "made.wasm").out == alone
    tree = json.loads(atoll("wit", "print", "--json").out)
    assert [package["name"] for package in tree["packages"]] == ["c:d", "a:b"]
    assert "interface error-context" not in atoll("wit", "print", "wasi:io@0.2.12").out
    assert atoll("wit", "print", "wasi:io@0.2.12").out.startswith("package wasi:io@0.2.12;\n")


def test_a_component_s_wit_has_all_that_it_names(atoll: Atoll) -> None:
    said = atoll("wit", "print", str(built("c-http")))
    assert said.out.startswith("package root:component;\n")
    assert "export wasi:http/incoming-handler@0.2.12;" in said.out
    assert "package wasi:io@0.2.12 {" in said.out
    said = atoll("wit", "print", str(built("c-http")), "-o", "nowhere/x.wasm")
    assert (said.code, "cannot be written" in said.err) == (1, True)


def test_a_component_without_wit_is_refused_in_one_sentence(atoll: Atoll) -> None:
    guest = str(built("wat-pass"))
    said = atoll("wit", "print", guest)
    assert (said.code, "cannot be written as WIT" in said.err, "panicked" in said.err) == (1, True, False)
    looked = atoll("inspect", guest)
    assert (looked.code, looked.err, "wasi:http/incoming-handler@0.2.12" in looked.out) == (0, "", True)
