"""Go's bindings: a guest whose world has each kind of type, in both directions, called from Python."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from atoll import GuestError, load
from tests.support import ROOT, TOOLS_PATH, needs

CASE = ROOT / "tests" / "cases" / "wit" / "shelves"


class Ledger:
    """The host's resource."""

    notes = 0

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.titles: list[str] = []

    def note(self, title: str) -> int:
        self.titles.append(title)
        Ledger.notes += 1
        return len(self.titles)

    @staticmethod
    def total() -> int:
        return Ledger.notes


class Stock:
    """The interface `stock`."""

    Ledger = Ledger

    def price(self, of: Any) -> float:
        if not of.pages:
            raise GuestError(f"{of.title} is empty")
        return float(of.pages) / 2

    def lend(self, ledger: Any) -> Any:
        ledger.note("lent")
        return ledger


@pytest.fixture(scope="module")
def shelves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guest, built as its author would."""
    needs("go-bindings", "go-component")
    folder = tmp_path_factory.mktemp("go") / "guest"
    shutil.copytree(CASE, folder)
    path = os.pathsep.join([TOOLS_PATH, str(Path(sys.executable).parent)])
    for command in ("go-bindings wit shelving", "go-component shelves.wasm wit shelving"):
        subprocess.run(command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, check=True)
    return folder / "shelves.wasm"


@pytest.fixture
def lines() -> list[str]:
    """What the guest logged."""
    return []


@pytest.fixture
def guest(shelves: Path, lines: list[str]) -> Iterator[Any]:
    """One instance."""
    plugin = load(shelves, imports={"test:shelves/stock": Stock(), "log": lines.append})
    with plugin.open() as instance:
        yield instance


def book(title: str, pages: int = 1, cover: bytes | None = None) -> dict[str, object]:
    return {"title": title, "pages": pages, "tags": [title, "x" * pages], "cover": cover}


@pytest.mark.slow
def test_functions_of_the_world_itself(guest: Any, lines: list[str]) -> None:
    assert (guest.hail("Ädä"), lines) == ("hail, Ädä", ["hailing Ädä"])


@pytest.mark.slow
def test_lists_options_tuples_and_characters(guest: Any) -> None:
    assert guest.library.turn(["a", "ä", "€"], 2) == (["€", "a", "ä"], True, "€")
    assert guest.library.turn(["a", "b"], None) == (["b", "a"], False, "b")


@pytest.mark.slow
def test_records_variants_and_results(guest: Any) -> None:
    shelf, cases = guest.library.Shelf(2), guest.library.Found
    assert (shelf.put(book("anna")), shelf.put(book("anna karenina", 864, b"\0\xff"))) == (1, 2)
    with pytest.raises(GuestError) as refused:
        shelf.put(book("one too many"))
    assert refused.value.payload.value == "full"
    assert shelf.find("emma") == cases.Nothing()
    match shelf.find("karenina"):
        case cases.One(found):
            assert (found.pages, found.tags[1], found.cover) == (864, "x" * 864, b"\0\xff")
        case other:
            pytest.fail(str(other))
    assert len(shelf.find("anna").value) == 2


@pytest.mark.slow
def test_its_own_resources_go_out_and_come_in_again(guest: Any) -> None:
    library = guest.library
    one, other = library.Shelf(1), library.Shelf(1)
    one.put(book("a"))
    assert library.count(one) == 1
    back = library.same(library.same(one))
    assert (library.count(back), library.ended()) == (1, 0)
    merged = library.merge(back, other)
    assert (library.count(merged), library.ended()) == (1, 2)
    for _ in range(100):
        merged = library.same(library.merge(merged, library.Shelf.empty()))
    assert (library.count(merged), library.ended()) == (1, 202)
    del merged
    assert library.ended() == 203


@pytest.mark.slow
def test_the_host_s_resources_and_its_errors(guest: Any) -> None:
    library = guest.library
    assert library.audit("ada", [book("a", 3), book("b", 4)]) == (3.5, 2)
    with pytest.raises(GuestError) as refused:
        library.audit("ada", [book("nothing", 0)])
    assert refused.value.payload == "nothing is empty"
    mine = Ledger("me")
    assert library.sign(mine, library.Marks.READ) == library.Marks.READ | library.Marks.LENT
    assert library.pass_(mine) is mine
    assert mine.titles == ["signed", "lent"]


@pytest.mark.slow
def test_the_garbage_collector_leaves_what_is_on_its_way(guest: Any) -> None:
    words = [f"{number:x}" * 300 for number in range(200)]
    for number in range(500):
        turned, _, _ = guest.library.turn(words, None)
        assert turned == [*words[1:], words[0]], number
        words = turned


WIDE = r"""(component
  (import "hail" (func $hail (param "name" string) (result string)))
  (core module $memory (memory (export "m") 1) (global $at (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $at (i32.and (i32.add (global.get $at) (i32.const 7)) (i32.const -8)))
      (global.get $at) (global.set $at (i32.add (global.get $at) (local.get 3)))))
  (core instance $memory (instantiate $memory))
  (core func $low (canon lower (func $hail) (memory (core memory $memory "m"))
    (realloc (core func $memory "realloc")) string-encoding=utf16))
  (core module $main (import "memory" "m" (memory 1)) (import "host" "hail" (func $hail (param i32 i32 i32)))
    (data (i32.const 16) "a\00\c4\00\ac\20\3d\d8\00\de")
    (func (export "go") (result i32) (call $hail (i32.const 16) (i32.const 5) (i32.const 0)) (i32.load (i32.const 4))))
  (core instance $main (instantiate $main (with "memory" (instance $memory))
    (with "host" (instance (export "hail" (func $low))))))
  (func (export "go") (result u32) (canon lift (core func $main "go"))))"""


@pytest.mark.slow
def test_text_of_another_width_is_allocated_anew_as_it_grows(shelves: Path, lines: list[str], tmp_path: Path) -> None:
    (tmp_path / "wide.wat").write_text(WIDE)
    command = [sys.executable, "-P", "-m", "atoll", "compose", "wide.wat", "--plug", str(shelves), "-o", "app.wasm"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    plugin = load(tmp_path / "app.wasm", imports={"test:shelves/stock": Stock(), "log": lines.append})
    # In units of 16 bits: what is added, and five of the name.
    assert plugin.go() == len("hail, ") + 5
    assert lines == ["hailing aÄ€😀"]
