"""Apps whose components have dependencies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from atoll.testing import Up, up
from tests.support import answering, write_app

PASS = "<wat-pass>"
"""Imports the HTTP handler that it exports: whoever answers its requests stands behind it."""

HANDLER = "wasi:http/incoming-handler"

BELL = """(component
    (import "acme:parts/bell@0.1.0" (instance $bell (export "ring" (func (result u32)))))
    (export "acme:parts/bell@0.1.0" (instance $bell)))"""
"""Exports what it imports."""

RINGS = """(component
    (core module $code (func (export "ring") (result i32) i32.const 7))
    (core instance $made (instantiate $code))
    (func $ring (result u32) (canon lift (core func $made "ring")))
    (instance $bell (export "ring" (func $ring)))
    (export "acme:parts/bell@0.1.0" (instance $bell)))"""


def behind(folder: Path, guest: str, keys: str = "", inherits: str = "") -> Path:
    """An app where a guest answers as a dependency; `keys` are those of the component that stands before it."""
    before = f'[[trigger.http]]\nroute = "/..."\ncomponent = "k"\n[component.k]\nsource = "{PASS}"\n{keys}'
    return write_app(folder, f'{before}dependencies."{HANDLER}" = {{ path = "<{guest}>"{inherits} }}\n')


def with_middleware(folder: Path, guest: str, *middleware: str, keys: str = "") -> Path:
    """An app of one guest behind others, the outermost first."""
    chain = ", ".join(f"{{ {one} }}" for one in middleware)
    trigger, _, component = answering(guest).partition("[component")
    return write_app(folder, f"{trigger}dependencies.middleware = [{chain}]\n[component{component}{keys}")


@contextmanager
def served(manifest: Path, *flags: str) -> Iterator[tuple[httpx.Client, Up]]:
    """The app, and a client of it."""
    with up(manifest, "--workers", "1", *flags) as app, httpx.Client(base_url=app.url, timeout=60) as client:
        yield client, app
