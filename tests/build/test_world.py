"""What was built is held against what the manifest grants it."""

from pathlib import Path

import pytest

from atoll.errors import UserError
from tests.build.apps import build, written
from tests.embed.wat import ringing
from tests.support import built

BELL = "acme:bell/bell"


def lacks(folder: Path, guest: Path, more: str = "") -> tuple[str, ...]:
    """What the built component is said to lack."""
    keys = f'source = "one.wasm"\n{more}build.command = "cp {guest} one.wasm"\n'
    return build(written(folder, {"one": keys}))[-1].lacks


def test_a_component_that_imports_stores_is_said_to_have_none(tmp_path: Path) -> None:
    guest = built("rust-rooms")
    assert "key_value_stores" in lacks(tmp_path, guest)
    assert "key_value_stores" not in lacks(tmp_path, guest, 'key_value_stores = ["default"]\n')
    assert len(set(lacks(tmp_path, guest))) == len(lacks(tmp_path, guest))


def test_what_every_libc_imports_is_not_said(tmp_path: Path) -> None:
    for guest in ("c-http", "rust-http", "python-http"):
        assert lacks(tmp_path, built(guest)) == ()


def test_what_nobody_answers_fails_the_build(tmp_path: Path) -> None:
    guest = tmp_path / "bell.wat"
    guest.write_bytes(ringing(""))
    with pytest.raises(UserError) as raised:
        lacks(tmp_path, guest)
    assert (raised.value.code, raised.value.message) == (
        "guest-import-unknown",
        f"component `one` imports what nobody answers: `{BELL}`",
    )
    assert raised.value.location is not None


def test_an_object_or_a_dependency_answers_it(tmp_path: Path) -> None:
    guest = tmp_path / "bell.wat"
    guest.write_bytes(ringing(""))
    assert lacks(tmp_path, guest, f'dependencies."{BELL}" = {{ path = "other.wasm" }}\n') == ()
    keys = f'source = "one.wasm"\nbuild.command = "cp {guest} one.wasm"\n'
    named = f'[application.tool.atoll.imports]\n"{BELL}" = "bells:Bell"\n'
    assert [one.status.value for one in build(written(tmp_path, {"one": keys + named}))] == ["building", "built"]


def test_what_is_no_wasm_is_no_component(tmp_path: Path) -> None:
    source = tmp_path / "one.txt"
    source.write_text("no wasm")
    with pytest.raises(UserError, match="not valid WebAssembly") as raised:
        lacks(tmp_path, source)
    assert raised.value.code == "guest-invalid"
