"""What is said about a module before it is imported, and what is told where it cannot be."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atoll
import atoll.importer
from atoll.errors import UserError
from tests.embed.plugins import Directory

Put = Callable[[str, str | bytes], Path]


def imported(name: str) -> Any:
    return importlib.import_module(name)


@pytest.mark.parametrize("content", [b"", b"no wasm", b"(component (import", b"\0asm\1\0\0\0\1"])
def test_what_cannot_be_loaded_is_an_import_error(put: Put, content: bytes) -> None:
    file = put("broken.wasm", content)
    with pytest.raises(ImportError, match=f"cannot import `broken` from {file}\nerror: ") as raised:
        imported("broken")
    assert isinstance(raised.value.__cause__, UserError)
    assert raised.value.__cause__.code == "guest-invalid"
    assert (raised.value.name, raised.value.path) == ("broken", str(file))
    assert "broken" not in sys.modules


def test_an_import_that_nobody_answers_is_told_with_what_to_write(put: Put) -> None:
    put("lonely.wasm", "rust-plugin")
    with pytest.raises(ImportError, match="acme:plugin/directory") as raised:
        imported("lonely")
    assert 'before the import: atoll.importer.configure("lonely", imports={…})' in str(raised.value)
    assert [name for name in sys.modules if name.startswith("lonely")] == []
    atoll.importer.configure("lonely", imports={"acme:plugin/directory": Directory()})
    assert imported("lonely").crm.fold(2) == 2


def test_an_object_that_does_not_fit_is_told_with_what_to_write(put: Put) -> None:
    put("misfit.wasm", "rust-plugin")
    atoll.importer.configure("misfit", imports={"acme:plugin/directory": object()})
    with pytest.raises(ImportError, match="lookup") as raised:
        imported("misfit")
    assert 'atoll.importer.configure("misfit"' in str(raised.value)


def test_a_module_is_granted_nothing_by_itself(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "Ahoy")
    put("denied.wasm", "core-reactor")
    put("granted.wasm", "core-reactor")
    assert imported("denied").__plugin__.bytes.greet("Ann") == b"Hello, Ann!"
    atoll.importer.configure("granted", grants=atoll.Grants(env={"GREETING": "Ahoy"}))
    assert imported("granted").__plugin__.bytes.greet("Ann") == b"Ahoy, Ann!"


def test_a_module_has_the_limits_that_it_was_given(put: Put) -> None:
    put("limited_plugin.wasm", "rust-plugin")
    imports = {"acme:plugin/directory": Directory()}
    atoll.importer.configure("limited_plugin", imports=imports, limits=atoll.Limits(cpu=30))
    atoll.importer.configure("limited_plugin", imports=imports, limits=atoll.Limits(cpu=0.05))
    with pytest.raises(atoll.LimitExceeded, match="cpu"):
        imported("limited_plugin").bad.spin()


def test_what_is_said_of_one_module_is_not_said_of_another(put: Put) -> None:
    atoll.importer.configure("inner_one", imports={"acme:plugin/directory": Directory()})
    put("below/inner_one.wasm", "rust-plugin")
    with pytest.raises(ImportError, match="acme:plugin/directory"):
        imported("below.inner_one")


def test_a_module_that_is_imported_is_not_configured_any_more(put: Put) -> None:
    put("early.wasm", "c-plugin")
    imported("early")
    with pytest.raises(UserError, match="the module `early` was imported already") as raised:
        atoll.importer.configure("early", limits=atoll.Limits(cpu=1))
    assert raised.value.code == "importer-configured"
