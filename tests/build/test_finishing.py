"""What a build has made is made smaller where the manifest says so, and its symbols are kept."""

import shutil
from pathlib import Path

import pytest

from atoll.errors import AtollError
from atoll.host import symbols
from atoll.testing import up
from tests.build.apps import build, said, written
from tests.support import built, get


def app(folder: Path, name: str, settings: str, source: str = "given.wasm") -> str:
    shutil.copy(built(name), folder / "given.wasm")
    return (
        f'source = "api.wasm"\nbuild = {{ command = "cp {source} api.wasm", watch = ["{source}"] }}\n'
        f"tool.atoll.build = {{ {settings} }}"
    )


def test_symbols_are_kept_beside_what_is_shipped(tmp_path: Path) -> None:
    made = written(tmp_path, {"api": app(tmp_path, "rust-http", "strip = true")})
    report = build(made)[-1]
    wasm, shipped = (tmp_path / "given.wasm").read_bytes(), (tmp_path / "api.wasm").read_bytes()
    assert shipped == symbols.stripped(wasm)
    assert report.after == len(shipped) < len(wasm)
    assert (tmp_path / symbols.FOLDER / f"{symbols.identity(wasm)}.wasm").read_bytes() == wasm
    assert said(build(made)) == [("api", "current")]


def test_other_settings_are_another_build(tmp_path: Path) -> None:
    build(written(tmp_path, {"api": app(tmp_path, "rust-http", "strip = true")}))
    assert said(build(written(tmp_path, {"api": app(tmp_path, "rust-http", "strip = false")}))) == [("api", "built")]
    assert (tmp_path / "api.wasm").read_bytes() == built("rust-http").read_bytes()


@pytest.mark.slow
def test_what_is_optimised_still_answers(tmp_path: Path) -> None:
    build(written(tmp_path, {"api": app(tmp_path, "rust-http", 'optimize = "z"')}))
    assert (tmp_path / "api.wasm").stat().st_size < len(symbols.stripped(built("rust-http").read_bytes()))
    with up(tmp_path) as served:
        assert get(f"{served.url}/api").status_code == 200


def test_what_is_no_wasm_is_told(tmp_path: Path) -> None:
    keys = app(tmp_path, "rust-http", "strip = true", "empty.wat")
    with pytest.raises(AtollError, match=r"component `api`: `api\.wasm` is no wasm: it has no header") as raised:
        build(written(tmp_path, {"api": keys}))
    assert raised.value.code == "build-failed"
