"""Files of every shape that a format allows: each is refused with a coded error or runs, within bounds."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import MakeApp
from tests.hostile import bombs
from tests.support import refused

LIMITS = ("--compile-timeout", "20s", "--compile-memory", "1GiB", "--cpu-time", "5s")


def doubling(levels: int) -> str:
    """A type that holds 2^levels bytes of types, in a few lines."""
    types = "".join(f"(type $t{n + 1} (tuple $t{n} $t{n}))" for n in range(levels))
    return f'(component (type $t0 (tuple u8 u8)) {types} (import "f" (func (param "x" $t{levels}))))'


def instances(count: int) -> str:
    """A component that makes one module's instance many times."""
    made = "(core instance (instantiate $m))" * count
    return f"(component (core module $m (memory 1)) {made})"


SHAPES: dict[str, str | bytes] = {
    "components in components": "(component " * 1_000 + ")" * 1_000,
    "ten thousand imports": "(component " + "".join(f'(import "a:b/c{n}" (instance))' for n in range(10_000)) + ")",
    "a type that doubles": doubling(40),
    "ten thousand instances": instances(10_000),
    "a million types": bombs.wide(types=1_000_001),
    "a million globals": bombs.wide(globals_=1_000_001),
    "a hundred thousand globals": bombs.wide(globals_=100_000),
    "a million memories": bombs.wide(memories=1_000_000),
    "a table of 2^32": '(module (table 0xffffffff funcref) (func (export "_start")))',
    "a table of 2^48": '(module (table i64 0x1000000000000 funcref) (func (export "_start")))',
    "a memory of 2^48": '(module (memory i64 0x100000000) (func (export "_start")))',
    "a count that is not there": b"\0asm\x01\0\0\0\x01\x05\xff\xff\xff\xff\x0f",
    "a section that is too long": b"\0asm\x01\0\0\0\x01\xff\xff\xff\xff\x0f",
    "a name of a gigabyte": b"\0asm\x01\0\0\0\x07\x0a\x01\xff\xff\xff\xff\x03_start",
    "nothing": b"",
    "a header alone": b"\0asm",
    "a component's header alone": b"\0asm\x0d\0\x01\0",
    "another version": b"\0asm\x02\0\0\0",
    "parentheses": b"(" * 1_000_000,
    "modules in text": "(module " * 5_000 + ")" * 5_000,
    "a wasm of text": "(module binary " + '"\\00asm"' * 3 + ")",
    "no text": bytes(range(256)) * 1_000,
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_any_shape_runs_or_is_refused_soon(tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    file = tmp_path / "shape.wasm"
    file.write_bytes(shape if isinstance(shape, bytes) else shape.encode())
    began = time.monotonic()
    command = [sys.executable, "-P", "-m", "atoll", "run", "--disable-cache", *LIMITS, str(file)]
    ended = subprocess.run(command, capture_output=True, timeout=60, text=True, check=False)
    assert time.monotonic() - began < 30
    assert ended.returncode in (0, 1), ended.stderr
    if ended.returncode:
        assert ended.stderr.startswith("error: ")
        assert len(ended.stderr) < 10_000


REQUESTED = """(component
  (import "{interface}" (instance $i {body}))
  (core module $m (func (export "run") (result i32) (i32.const 0)))
  (core instance $c (instantiate $m))
  (func $run (result (result)) (canon lift (core func $c "run")))
  (instance $exported (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $exported)))"""
EXIT = '(export "exit" (func (param "status" (result))))'
IMPORTS = {
    # The code, and what the error must name.
    "wasi:cli/exit@0.2.0": (EXIT, None),
    "wasi:cli/exit@0.2.12": (EXIT, None),
    "wasi:cli/exit@0.4.0": (EXIT, "wasi:cli/exit@0.4.0"),
    "wasi:cli/exit@1.0.0": (EXIT, "wasi:cli/exit@1.0.0"),
    "wasi:cli/exit@0.2.1": ('(export "exit" (func (param "status" u64)))', "wasi:cli/exit"),
    "wasi:cli/exit@0.2.2": ('(export "leave" (func))', "leave"),
    "wasi:nothing/at-all@0.2.0": ('(export "say" (func))', "wasi:nothing/at-all@0.2.0"),
    # Nobody has to answer where nothing is asked.
    "example:own/nothing": ("", None),
    "example:own/words": ('(export "say" (func))', "example:own/words"),
}


@pytest.mark.parametrize("interface", IMPORTS)
def test_an_import_of_another_version_or_type_is_refused_by_name(tmp_path: Path, interface: str) -> None:
    body, named = IMPORTS[interface]
    file = tmp_path / "asks.wat"
    file.write_text(REQUESTED.format(interface=interface, body=body))
    command = [sys.executable, "-P", "-m", "atoll", "run", "--disable-cache", str(file)]
    ended = subprocess.run(command, capture_output=True, timeout=60, text=True, check=False)
    assert ended.returncode == (0 if named is None else 1), ended.stderr
    assert named is None or named in ended.stderr


@pytest.mark.parametrize(
    "text",
    [
        '(module (memory 1 1 shared) (func (export "_start")))',
        '(module (import "env" "memory" (memory 1 1 shared)) (func (export "_start")))',
    ],
    ids=["own", "imported"],
)
def test_shared_memory_is_not_served(make_app: MakeApp, tmp_path: Path, text: str) -> None:
    """29, 30: CVE-2025-64345; a pool holds no shared memory."""
    (tmp_path / "shared.wat").write_text(text)
    app = make_app(
        '[[trigger.http]]\nroute = "/..."\ncomponent = "k"\nexecutor = { type = "wagi" }\n'
        '[component.k]\nsource = "shared.wat"\n'
    )
    said = refused("-f", str(app), "--workers", "1", "-L", "", "--disable-cache").stderr
    assert "error: " in said


def test_an_error_does_not_quote_names_of_any_length(tmp_path: Path) -> None:
    names = "".join(f'(func (export "{number}-{"x" * 5_000}"))' for number in range(500))
    (tmp_path / "names.wat").write_text(f"(module {names})")
    command = [sys.executable, "-P", "-m", "atoll", "run", "--disable-cache", str(tmp_path / "names.wat")]
    ended = subprocess.run(command, capture_output=True, timeout=60, text=True, check=False)
    assert ended.returncode == 1
    assert len(ended.stderr) < 100_000
