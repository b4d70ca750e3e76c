"""A wasm file is loaded once, until a reload takes the changed file."""

import importlib
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atoll.importer
from atoll.embed.importer import Finder, install
from tests.embed import wat

Put = Callable[[str, str | bytes], Path]


def imported(name: str) -> Any:
    return importlib.import_module(name)


def giving(number: int, name: str = "number") -> bytes:
    """A component whose one function gives this number."""
    return wat.component(wat.number(number, name), wat.lifted_number(name))


def test_a_module_is_loaded_and_compiled_once(put: Put) -> None:
    put("once.wat", giving(20_260_101))
    threads = [threading.Thread(target=lambda: found.append(imported("once"))) for _ in range(8)]
    found: list[Any] = []
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 8
    assert {id(module.__plugin__) for module in found} == {id(found[0].__plugin__)}
    del sys.modules["once"]
    assert imported("once").__plugin__._types.core.cached


def test_the_finder_is_there_once() -> None:
    install()
    importlib.reload(atoll.importer)
    assert len([finder for finder in sys.meta_path if isinstance(finder, Finder)]) == 1


def test_a_reload_takes_the_changed_file(put: Put) -> None:
    put("changed.wat", giving(1, "first"))
    module = imported("changed")
    assert module.first() == 1
    put("changed.wat", giving(2, "second"))
    assert module.first() == 1
    assert importlib.reload(module) is module
    assert module.second() == 2
    assert not hasattr(module, "first")
    assert module.__all__ == ["second"]


def test_a_reload_reaches_the_modules_of_interfaces(put: Put) -> None:
    put("faces.wat", wat.interfaces("a:b/one", "a:b/two"))
    module = imported("faces")
    one = module.one
    put("faces.wat", wat.interfaces("a:b/three", "a:b/one"))
    importlib.reload(module)
    assert module.one is one
    assert one.number() == 1
    assert module.three.number() == 0
    assert not hasattr(module, "two")
    with pytest.raises(ModuleNotFoundError):
        imported("faces.two")


def test_a_reload_that_fails_leaves_the_module_as_it_was(put: Put) -> None:
    put("kept.wat", giving(1))
    module = imported("kept")
    plugin = module.__plugin__
    put("kept.wat", b"(component")
    with pytest.raises(ImportError, match="cannot import `kept`"):
        importlib.reload(module)
    assert module.number() == 1
    assert module.__plugin__ is plugin


def test_a_module_of_python_that_became_wasm_is_reloaded_as_such(put: Put) -> None:
    file = put("turned.py", b"number = None\n")
    module = imported("turned")
    file.unlink()
    put("turned.wat", giving(7))
    assert importlib.reload(module).number() == 7
