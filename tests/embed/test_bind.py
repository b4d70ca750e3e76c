"""`atoll bind` writes packages whose plugins give and take values of their own classes."""

import asyncio
import importlib
import inspect
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import atoll
from atoll.capabilities.custom import Err, Ok, Some
from atoll.errors import UserError
from tests.embed.packages import CASES, all_bound, bound
from tests.embed.plugins import Directory
from tests.support import built

Import = Callable[[str], Any]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Import]:
    """Imports a generated package, or a module of it, by name."""
    folder = all_bound(tmp_path_factory.mktemp("bound"))
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    yield importlib.import_module
    sys.path.remove(str(folder))
    for name in set(sys.modules) - before:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def values(package: Import) -> ModuleType:
    module: ModuleType = package("rust_plugin.values")
    return module


@pytest.fixture
def plugin(package: Import) -> Any:
    return package("rust_plugin").load(imports={"acme:plugin/directory": Directory()})


def of_all_types(values: Any) -> Iterator[tuple[str, Any]]:
    person = values.Person("anna", 44, "a@b.c", ["x", "y"], values.Role.SITE_ADMIN)
    yield from (("bool", True), ("char", "ü"), ("string", "naïve"), ("f32", 0.5), ("f64", 0.1))
    yield from ((f"s{bits}", -1 << bits - 1) for bits in (8, 16, 32, 64))
    yield from ((f"u{bits}", (1 << bits) - 1) for bits in (8, 16, 32, 64))
    yield from (("bytes", b"\0\xff"), ("strings", ["", "a"]), ("matrix", [[], [1, 2]]), ("tuple", (1, "a", True)))
    yield from (("option", None), ("option", 0), ("nested_option", None), ("nested_option", Some(None)))
    yield from (("nested_option", Some(7)), ("result_in_tuple", ("a", Ok(1))), ("result_in_tuple", ("a", Err("b"))))
    yield from (("person", person), ("size", values.Size(1.5, 2.5)))
    yield from (("role", role) for role in values.Role)
    yield from (("rights", values.Rights(bits)) for bits in range(8))
    yield from (("shape", shape) for shape in shapes(values))
    yield "people", [(person, values.ShapeRect(values.Size(1.0, 2.0))), (person, None)]


def shapes(values: Any) -> tuple[Any, ...]:
    return values.ShapeCircle(1.5), values.ShapeRect(values.Size(1.0, 2.0)), values.ShapeEmpty()


def test_values_of_all_types_come_out_as_they_went_in(plugin: Any, values: Any) -> None:
    all_values = [*of_all_types(values)]
    for kind, value in all_values:
        given = getattr(plugin.values, f"echo_{kind}")(value)
        assert given == value
        assert type(given) is type(value)
    echoes = {name.removeprefix("echo_") for name in dir(plugin.values) if name.startswith("echo_")}
    assert echoes - {kind for kind, _ in all_values} == {"result"}


def test_what_comes_out_is_of_the_packages_classes(plugin: Any, values: Any) -> None:
    given = plugin.values.echo_people([({"name": "a", "age": 1, "email": None, "tags": [], "role": "editor"}, "empty")])
    assert given == [(values.Person("a", 1, None, [], values.Role.EDITOR), values.ShapeEmpty())]
    assert type(given[0][0]) is values.Person is plugin.values.Person
    assert plugin.values.Shape == values.Shape
    assert isinstance(plugin.values.echo_shape("empty"), values.Shape)


def test_the_plugins_of_two_loads_share_the_packages_classes(package: Import, values: Any) -> None:
    load = package("rust_plugin").load
    first, second = (load(imports={"acme:plugin/directory": Directory()}, name=name) for name in ("one", "two"))
    size = values.Size(1, 2)
    assert type(first.values.echo_size(size)) is type(second.values.echo_size(size)) is values.Size
    assert (repr(first), repr(second)) == ("<plugin one>", "<plugin two>")


def test_types_of_the_world_itself_are_the_packages_classes(package: Import) -> None:
    small = package("c_plugin")
    point = small.Point5(1, 0.5, "a", True, 7)
    given = small.load().five(point)
    assert given == point
    assert type(given) is small.Point5


def test_the_packages_values_can_be_pickled(plugin: Any, values: Any) -> None:
    for kind, value in of_all_types(values):
        given = getattr(plugin.values, f"echo_{kind}")(value)
        assert pickle.loads(pickle.dumps(given)) == value


def test_a_variants_cases_are_matched(plugin: Any, values: Any) -> None:
    said = []
    for shape in shapes(values):
        match plugin.values.echo_shape(shape):
            case values.ShapeCircle(radius):
                said.append(f"circle {radius}")
            case values.ShapeRect(size):
                said.append(f"rect {size.width}")
            case values.ShapeEmpty():
                said.append("empty")
    assert said == ["circle 1.5", "rect 1.0", "empty"]


def test_an_error_of_the_guest_has_its_payload(plugin: Any) -> None:
    with pytest.raises(atoll.GuestError) as raised:
        plugin.values.echo_result(Err("no"))
    assert raised.value.payload == "no"


def test_resources_are_of_the_packages_class(plugin: Any, package: Import) -> None:
    cls = package("rust_plugin.counters").Counter
    with plugin.counters.Counter(5) as counter:
        assert isinstance(counter, cls)
        assert counter.increment(2) == 7
        assert asyncio.run(_awaited(counter)) == 8
    assert issubclass(cls, atoll.GuestResource)
    with pytest.raises((TypeError, ValueError), match="closed"):
        counter.value()
    with plugin.open() as instance, instance.counters.Counter(1) as kept:
        assert isinstance(kept, cls)
        assert isinstance(instance.counters.Counter.clone_of(kept), cls)


async def _awaited(counter: Any) -> Any:
    return await counter.aio.increment(1)


def test_a_resource_is_not_made_without_a_plugin(package: Import) -> None:
    with pytest.raises(TypeError, match="a Counter lives in a plugin: make it by the class of that name"):
        package("rust_plugin.counters").Counter(1)


def test_signatures_name_the_packages_classes(plugin: Any, values: Any) -> None:
    signature = inspect.signature(plugin.values.echo_person)
    assert signature.parameters["value"].annotation is signature.return_annotation is values.Person
    assert inspect.signature(plugin.values.echo_shape).return_annotation == values.Shape


@pytest.mark.slow
def test_packages_do_what_their_types_say(package: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(CASES)
    package("uses").main()
    del sys.modules["uses"]


def test_a_missing_import_is_told_when_the_plugin_is_loaded(package: Import) -> None:
    with pytest.raises(UserError, match="acme:plugin/directory"):
        package("rust_plugin").load(imports={})


def test_limits_and_grants_are_those_that_are_given(package: Import) -> None:
    imports = {"acme:plugin/directory": Directory()}
    limited = package("rust_plugin").load(imports=imports, limits=atoll.Limits(cpu=0.05))
    with pytest.raises(atoll.LimitExceeded, match="cpu"):
        limited.bad.spin()


def test_a_host_is_given_values_of_the_packages_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(CASES / "hosted.wat", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    hosted, sizes, units = map(importlib.import_module, ("hosted", "hosted.sizes", "hosted.units"))

    class Sizes:
        def twice(self, size: object) -> float:
            assert size == sizes.Size(1.5, units.Unit.FOOT)
            assert type(size) is sizes.Size
            return 3.0

    # Of `acme:host/units` it uses a type, and there is nothing to answer.
    assert hosted.Imports.__required_keys__ == {"acme:host/sizes"}
    assert hosted.load(imports={"acme:host/sizes": Sizes()}).run(1.5) == 3.0


def test_a_function_that_the_world_imports_is_any_callable(package: Import) -> None:
    assert package("c_plugin_calling").load(imports={"apply": lambda n: n + 1}).fold(4) == 4


def test_a_package_says_that_its_component_is_another_one_by_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "changing.wasm"
    file.write_bytes(built("c-plugin").read_bytes())
    copy = bound(file, tmp_path) / file.name
    monkeypatch.syspath_prepend(tmp_path)
    changing = importlib.import_module("changing")
    assert changing.load().add(1, 2) == 3
    for other in ("js-plugin", "rust-plugin"):
        copy.write_bytes(built(other).read_bytes())
        with pytest.raises(UserError, match="is not the component that the package around it was made for") as raised:
            changing.load()
        assert (raised.value.code, raised.value.hint) == ("bind-stale", "run `atoll bind` again")
    copy.unlink()
    with pytest.raises(UserError, match="cannot be read"):
        changing.load()
