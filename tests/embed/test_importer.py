"""`import` finds wasm files where it finds modules, once `atoll.importer` is imported."""

import importlib
import inspect
import pickle
import pydoc
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import atoll
import atoll.importer
from atoll.embed.importer_module import PluginModule
from tests.embed import wat
from tests.embed.plugins import Directory
from tests.support import built

Put = Callable[[str, str | bytes], Path]


def imported(name: str) -> Any:
    return importlib.import_module(name)


def shown(thing: object) -> str:
    """What help() shows."""
    return re.sub(".\b", "", pydoc.render_doc(thing))


def giving(number: int, name: str = "number") -> bytes:
    """A component whose one function gives this number."""
    return wat.component(wat.number(number, name), wat.lifted_number(name))


@pytest.mark.parametrize("file", ["image_processor.wasm", "image-processor.wasm"])
def test_names_are_imported_from_a_file_of_the_modules_name(put: Put, file: str) -> None:
    put(file, "c-plugin")
    from image_processor import add, echo  # type: ignore[import-not-found]

    assert add(1, 2) == 3
    assert echo(b"a") == b"a"


def test_values_of_a_module_are_pickled(put: Put) -> None:
    atoll.importer.configure("rust_plugin", imports={"acme:plugin/directory": Directory()})
    put("rust_plugin.wasm", "rust-plugin")
    put("c-plugin.wasm", "c-plugin")
    values, small = imported("rust_plugin.values"), imported("c_plugin")
    person = values.Person("a", 1, None, ["x"], values.Role.SITE_ADMIN)
    rights = values.Rights.CAN_READ | values.Rights.CAN_WRITE
    for value in (person, rights, values.Shape.Circle(1.5), values.Shape.Empty(), small.Point5(1, 0.5, "a", True, 7)):
        again = pickle.loads(pickle.dumps(value))
        assert (again, type(again)) == (value, type(value))


@pytest.mark.parametrize("file", ["seven.wat", "number-seven.wat"])
def test_a_file_in_text_is_a_module_as_well(put: Put, file: str) -> None:
    put(file, giving(7))
    assert imported(file.removesuffix(".wat").replace("-", "_")).number() == 7


def test_of_several_files_the_first_is_taken(put: Put) -> None:
    put("first-one.wat", giving(1))
    put("first_one.wat", giving(2))
    assert imported("first_one").number() == 2


@pytest.mark.parametrize("is_package", [True, False])
def test_a_file_in_a_package_or_a_bare_folder_is_a_module_of_it(put: Put, is_package: bool) -> None:
    folder = f"plugins_{is_package}"
    if is_package:
        put(f"{folder}/__init__.py", b"KNOWN = 1\n")
    put(f"{folder}/inner/on-page.wasm", "js-plugin")
    module = imported(f"{folder}.inner.on_page")
    assert module.slug.slugify("A b") == "a-b"
    assert module.__name__ == f"{folder}.inner.on_page"
    assert imported(f"{folder}.inner").on_page is module


@pytest.mark.parametrize("other", ["shadowed.py", "shadowed/__init__.py", "sub/shadowed.py"])
def test_pythons_own_module_or_package_goes_first(put: Put, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    put("shadowed.wat", giving(7))
    monkeypatch.syspath_prepend(str(put(other, b"number = None\n").parent))
    assert imported("shadowed").number is None


def test_a_module_of_pythons_library_is_not_hidden(put: Put) -> None:
    put("colorsys.wat", giving(7))
    sys.modules.pop("colorsys", None)
    assert imported("colorsys").rgb_to_hsv


def test_a_bare_folder_of_the_name_does_not_hide_the_file(put: Put) -> None:
    put("sourced/src/main.c", b"")
    put("sourced.wat", giving(7))
    assert imported("sourced").number() == 7


def test_modules_below_that_of_a_file_are_its_interfaces_alone(put: Put) -> None:
    put("alone.wasm", "c-plugin")
    put("beside.py", b"")
    imported("alone")
    for name in ("alone.beside", "alone.nope"):
        with pytest.raises(ModuleNotFoundError, match=name):
            imported(name)
    with pytest.raises(ImportError, match="cannot import name 'nope' from 'alone'"):
        exec("from alone import nope")
    with pytest.raises(AttributeError, match="module 'alone' has no attribute 'nope'"):
        _ = imported("alone").nope


def test_what_is_not_there_is_not_found(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put("there.wasm", "c-plugin")
    for entry in (3, "", "/nonexistent", str(put("file.txt", b""))):
        monkeypatch.setattr(sys, "path", [entry, *sys.path])
    with pytest.raises(ModuleNotFoundError, match="not_there"):
        imported("not_there")
    assert imported("there").add(1, 1) == 2


def test_a_module_says_where_it_is_from(put: Put) -> None:
    file = put("small.wasm", "c-plugin")
    module = imported("small")
    assert isinstance(module, PluginModule)
    assert (module.__name__, module.__file__, module.__package__) == ("small", str(file), "small")
    spec: Any = module.__spec__
    assert (spec.name, spec.origin, spec.loader) == ("small", str(file), module.__loader__)
    assert set(module.__all__) >= {"nop", "add", "echo", "echo_text", "five", "spin"} <= set(dir(module))
    assert isinstance(module.__plugin__, atoll.Plugin)
    assert repr(module.__plugin__) == "<plugin small>"
    assert module.__doc__ == "The plugin small.wasm: each call has a sandbox of its own."
    assert module.add is module.add


def test_what_the_world_says_is_the_modules_docstring(put: Put) -> None:
    put("documented.wasm", documented(built("c-plugin").read_bytes(), "Fast things.\n\nAnd small."))
    module = imported("documented")
    assert module.__doc__ == "Fast things.\n\nAnd small."
    assert shown(module).count("Fast things.") == 1


def documented(component: bytes, docs: str) -> bytes:
    """The component with this comment on its world."""
    import json

    payload = b"\1" + json.dumps({"worlds": {"root": {"docs": docs}}}).encode()
    name = b"package-docs"
    section = bytes([len(name)]) + name + payload
    assert len(section) < 128
    return component + b"\0" + bytes([len(section)]) + section


def test_functions_have_signatures_and_help(put: Put) -> None:
    put("helpful.wasm", "c-plugin")
    module = imported("helpful")
    assert str(inspect.signature(module.add)) == "(a: int, b: int) -> int"
    assert "echo_text(text: str) -> str" in shown(module.echo_text)
    page = shown(module)
    assert "add(a: int, b: int) -> int" in page
    assert "beside" not in page


def test_interfaces_are_modules_below(put: Put) -> None:
    put("crm_plugin.wasm", "rust-plugin")
    atoll.importer.configure("crm_plugin", imports={"acme:plugin/directory": Directory()})
    from crm_plugin.values import Person, Role, echo_person  # type: ignore[import-not-found]

    module = imported("crm_plugin")
    person = Person("a", 1, None, [], Role.EDITOR)
    assert echo_person(person) == person
    assert module.values is imported("crm_plugin.values")
    assert set(module.__all__) == {"add", "render", "greet", "divide", "values", "counters", "state", "bad", "crm"}
    assert "echo_person" in module.values.__all__
    assert module.values.__doc__ == "`acme:plugin/values@0.1.0` of the plugin crm_plugin.wasm."
    assert module.counters.Counter(1).increment(1) == 2
    assert module.crm.fold(3) == 3


def test_each_call_has_a_sandbox_of_its_own(put: Put) -> None:
    put("fresh_plugin.wasm", "rust-plugin")
    atoll.importer.configure("fresh_plugin", imports={"acme:plugin/directory": Directory()})
    module = imported("fresh_plugin")
    assert [module.state.bump() for _ in range(3)] == [1, 1, 1]
    with module.__plugin__.open() as instance:
        assert [instance.state.bump() for _ in range(3)] == [1, 2, 3]


def test_names_that_a_plugin_has_for_itself_are_the_exports(put: Put) -> None:
    names = ("open", "world", "exports", "aio", "digest")
    core = "".join(wat.number(value, name) for value, name in enumerate(names))
    put("own_names.wat", wat.component(core, "".join(map(wat.lifted_number, names))))
    module = imported("own_names")
    assert [getattr(module, name)() for name in names] == [0, 1, 2, 3, 4]


def test_no_export_replaces_what_python_knows_a_module_by(put: Put) -> None:
    names = ("__getattr__", "__file__", "__all__", "__path__", "_hidden", "a b", "fine")
    core = "".join(f'(func (export "{name}"))' for name in names)
    file = put("core_names.wat", f"(module {core})".encode())
    module = imported("core_names")
    assert module.__all__ == ["fine"]
    assert module.__file__ == str(file)
    assert module.fine() is None


def test_a_core_module_takes_numbers_and_bytes(put: Put) -> None:
    put("core_text.wasm", "core-reactor")
    module = imported("core_text")
    assert module.greeted() == 0
    assert module.__plugin__.bytes.greet("Ann") == b"Hello, Ann!"


def test_what_cannot_be_called_says_why_when_it_is_asked_for(put: Put) -> None:
    put("opaque.wat", b'(module (func (export "take") (param externref)) (func (export "fine")))')
    module = imported("opaque")
    assert module.__all__ == ["fine"]
    assert "fine()" in shown(module)
    with pytest.raises(TypeError, match="`take` cannot be called from Python"):
        _ = module.take
