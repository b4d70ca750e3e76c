"""A file without symbols runs as the one that has them, and says so by its identity."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atoll.host import inspect, symbols
from tests.support import built

GUESTS = ["c-http", "rust-http", "go-cli-p1", "js-http", "python-http", "python-plugin"]


@pytest.mark.parametrize("name", GUESTS)
def test_what_runs_stays_as_it_is(name: str, tmp_path: Path) -> None:
    wasm = built(name).read_bytes()
    small = symbols.stripped(wasm)
    assert symbols.identity(small) == symbols.identity(wasm)
    assert len(small) < len(wasm)
    assert symbols.has_symbols(wasm) and not symbols.has_symbols(small)
    assert symbols.stripped(small) == small
    file = tmp_path / "small.wasm"
    file.write_bytes(small)
    before, after = inspect(str(built(name))), inspect(str(file))
    assert (after.imports, after.exports) == (before.imports, before.exports)


def test_a_changed_byte_of_code_is_another_identity() -> None:
    wasm = bytearray(built("c-http").read_bytes())
    before, index = symbols.identity(bytes(wasm)), wasm.index(b"Hello")
    wasm[index] ^= 1
    assert symbols.identity(bytes(wasm)) != before


@given(st.binary(max_size=200), st.booleans())
def test_whatever_it_is_it_is_told(noise: bytes, has_head: bool) -> None:
    wasm = (b"\0asm\x0d\0\1\0" if has_head else b"") + noise
    try:
        small = symbols.stripped(wasm)
    except symbols.Malformed:
        return
    assert symbols.identity(small) == symbols.identity(wasm)


@given(st.data())
def test_a_file_that_is_cut_off_or_changed_is_told_or_handled(data: st.DataObject) -> None:
    wasm = bytearray(built("c-http").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        wasm[data.draw(st.integers(8, len(wasm) - 1))] = data.draw(st.integers(0, 255))
    del wasm[data.draw(st.integers(8, len(wasm))) :]
    try:
        symbols.identity(bytes(wasm))
        symbols.stripped(bytes(wasm))
    except (symbols.Malformed, RecursionError):
        pass


def locked(file: Path) -> dict[str, object]:
    return {"components": [{"id": "api", "source": {"source": file.as_uri()}}]}


def test_only_a_file_with_the_same_code_takes_its_place(tmp_path: Path) -> None:
    wasm, folder = built("c-http").read_bytes(), tmp_path / "symbols"
    shipped = tmp_path / "shipped.wasm"
    shipped.write_bytes(symbols.stripped(wasm))
    assert symbols.with_symbols(locked(shipped), folder) == locked(shipped)
    folder.mkdir()
    kept = folder / f"{symbols.identity(wasm)}.wasm"
    kept.write_bytes(built("rust-http").read_bytes())
    assert symbols.with_symbols(locked(shipped), folder) == locked(shipped)
    kept.write_bytes(wasm)
    assert symbols.with_symbols(locked(shipped), folder) == locked(kept)
    shipped.write_bytes(b"no wasm")
    assert symbols.with_symbols(locked(shipped), folder) == locked(shipped)
