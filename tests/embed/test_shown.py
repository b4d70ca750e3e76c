"""What Python's own tools show of a plugin."""

import copy
import dataclasses
import inspect
import pickle
import pydoc
from collections.abc import Callable
from hashlib import sha256
from typing import get_type_hints

import pytest

import atoll
from atoll.capabilities.custom import Some
from atoll.embed.annotations import annotate
from atoll.embed.types import Types
from tests.embed.plugins import later, rust, small
from tests.support import built


@pytest.mark.parametrize(
    "name, signature",
    [
        ("add", "(a: int, b: int) -> int"),
        ("greet", "(name: str | None = None) -> str"),
        ("divide", "(a: float, b: float) -> float"),
        ("values.echo_bytes", "(value: bytes) -> bytes"),
        ("values.echo_matrix", "(value: list[list[int]]) -> list[list[int]]"),
        ("values.echo_tuple", "(value: tuple[int, str, bool]) -> tuple[int, str, bool]"),
        ("values.keywords", "(from_: str, class_: int, is_ok: bool) -> str"),
        ("state.recall", "(key: str) -> str | None"),
        ("state.remember", "(key: str, value: str) -> None"),
    ],
)
def test_a_function_has_a_signature(name: str, signature: str) -> None:
    plugin = rust()
    assert str(inspect.signature(eval(f"plugin.{name}", {"plugin": plugin}))) == signature


def test_annotations_are_the_plugins_own_classes() -> None:
    values = rust().values
    signature = inspect.signature(values.echo_person)
    assert signature.parameters["value"].annotation is values.Person
    assert signature.return_annotation is values.Person
    assert inspect.signature(values.echo_role).return_annotation is values.Role
    assert inspect.signature(values.echo_shape).return_annotation is values.Shape


def test_a_signature_binds_as_the_function_does() -> None:
    many = inspect.signature(rust().values.many_params)
    assert list(many.parameters) == [*"abcdefghijklmnopqrst"]
    assert many.parameters["q"].default is inspect.Parameter.empty


@pytest.mark.parametrize(
    "name, signature",
    [
        ("values.echo_person", "(value: rust_plugin.values.Person) -> rust_plugin.values.Person"),
        ("values.echo_shape", "(value: rust_plugin.values.Shape) -> rust_plugin.values.Shape"),
        ("values.echo_rights", "(value: rust_plugin.values.Rights) -> rust_plugin.values.Rights"),
        ("counters.Counter", "(start: int) -> rust_plugin.counters.Counter"),
        ("counters.sum", "(counters: list[rust_plugin.counters.Counter]) -> int"),
    ],
)
def test_classes_are_shown_as_the_plugins_and_the_interfaces(name: str, signature: str) -> None:
    plugin = rust()
    assert str(inspect.signature(eval(f"plugin.{name}", {"plugin": plugin}))) == signature
    with plugin.open() as instance:
        assert str(inspect.signature(eval(f"instance.{name}", {"instance": instance}))) == signature


def test_a_signature_shows_the_wrappers_that_a_value_needs() -> None:
    nested = inspect.signature(rust().values.echo_nested_option)
    kept = "atoll.capabilities.custom.Some[int | None] | None"
    assert str(nested) == f"(value: {kept} = None) -> {kept}"
    assert rust().values.echo_nested_option(Some(None)) == Some(None)
    either = inspect.signature(rust().values.echo_result_in_tuple).return_annotation
    assert str(either) == "tuple[str, atoll.capabilities.custom.Ok[int] | atoll.capabilities.custom.Err[str]]"


def test_a_signature_shows_what_is_sent_later() -> None:
    jobs, ours, abc = later().jobs, "atoll.capabilities.custom", "collections.abc"
    assert str(inspect.signature(jobs.double)) == f"(value: {abc}.Awaitable[int]) -> {ours}.GuestFuture[int]"
    lines = f"{abc}.Iterable[str] | {abc}.AsyncIterable[str]"
    assert str(inspect.signature(jobs.upper)) == f"(lines: {lines}) -> {ours}.GuestStream[str]"
    assert str(inspect.signature(jobs.chunks)) == f"(total: int) -> {ours}.GuestStream[bytes]"


def test_a_class_says_where_it_is_at_home() -> None:
    values = rust(name="its-own").values
    for cls in (values.Person, values.Shape, values.Shape.Circle, values.Role, values.Rights):
        assert cls.__module__ == "its_own.values"
        assert get_type_hints(cls) is not None
        assert pydoc.render_doc(cls)
    assert small().Point5.__module__ == "c_plugin"


def test_records_and_cases_are_shown_with_the_types_of_their_fields() -> None:
    values = rust().values
    shown = "(name: str, age: int, email: str | None, tags: list[str], role: rust_plugin.values.Role)"
    assert str(inspect.signature(values.Person)) == f"{shown} -> None"
    assert values.Person.__doc__ == f"Person{shown}"
    assert get_type_hints(values.Person)["role"] is values.Role
    fields = dataclasses.fields(values.Size)
    assert [(field.name, field.type) for field in fields] == [("width", float), ("height", float)]
    assert get_type_hints(values.Shape.Rect) == {"value": values.Size}
    assert str(inspect.signature(values.Shape.Empty)) == "() -> None"


def test_a_class_that_stands_for_two_types_takes_either() -> None:
    types = Types()
    item = types.record("item", ["value"])
    for kind in ("u32", "string", "u32"):
        annotate(item, [("value", {"kind": kind})], types)
    assert str(inspect.signature(item)) == "(value: int | str) -> None"


def test_a_resource_has_the_signatures_of_its_constructor_and_methods() -> None:
    counter = (plugin := rust()).counters.Counter
    assert list(inspect.signature(counter.increment).parameters) == ["self", "by"]
    assert list(inspect.signature(counter.clone_of).parameters) == ["other"]
    assert list(inspect.signature(plugin.counters.Counter(1).increment).parameters) == ["by"]
    assert list(inspect.signature(counter).parameters) == ["start"]


def test_functions_and_scopes_are_shown_by_their_names() -> None:
    plugin = rust()
    assert repr(plugin) == "<plugin rust-plugin>"
    assert repr(plugin.values) == "<acme:plugin/values@0.1.0>"
    assert repr(plugin.add) == "<function add>"
    assert repr(plugin.counters.Counter.increment) == "<function Counter.increment>"
    assert (plugin.add.__name__, plugin.counters.Counter.increment.__qualname__) == ("add", "Counter.increment")
    assert repr(rust(name="other")) == "<plugin other>"


def test_values_are_shown_by_their_types_names() -> None:
    values = rust().values
    assert repr(values.Size(1, 2)) == "Size(width=1, height=2)"
    assert repr(values.Role.SITE_ADMIN) == "<Role.SITE_ADMIN: 'site-admin'>"
    assert repr(values.Shape.Circle(1)) == "Shape.Circle(value=1)"


def test_everything_that_can_be_called_is_listed() -> None:
    plugin = rust()
    assert {"add", "greet", "values", "counters", "open", "aio", "exports", "digest", "world"} <= set(dir(plugin))
    assert {"echo_person", "Person", "Role", "Rights", "Shape"} <= set(dir(plugin.values))
    assert {"Counter", "sum", "consume", "living"} <= set(dir(plugin.counters))
    assert {"increment", "value", "clone_of", "close"} <= set(dir(plugin.counters.Counter))
    with plugin.open() as instance:
        assert {"add", "values", "close", "is_open", "aio"} <= set(dir(instance))


def test_help_shows_the_signature() -> None:
    plugin = rust()
    assert "add(a: int, b: int) -> int" in pydoc.plain(pydoc.render_doc(plugin.add))
    assert "increment(self" in pydoc.plain(pydoc.render_doc(plugin.counters.Counter))
    for shown in (plugin, plugin.values, plugin.exports):
        assert pydoc.render_doc(shown)


def test_a_plugin_has_the_digest_of_its_file_and_its_world() -> None:
    plugin = rust()
    assert plugin.digest == f"sha256:{sha256(built('rust-plugin').read_bytes()).hexdigest()}"
    assert "export add: func(a: s32, b: s32) -> s32;" in plugin.world
    assert plugin.world.startswith("package ")
    assert "import acme:plugin/directory@0.1.0;" in plugin.world


def test_a_function_that_gives_awaitables_is_shown_the_same() -> None:
    plugin = later()
    assert str(inspect.signature(plugin.aio.jobs.lookup)) == "(key: str) -> str"
    assert repr(plugin.aio.jobs.lookup) == "<function lookup>"


@pytest.mark.parametrize("attempt", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_plugin_is_no_value_that_is_copied(attempt: Callable[[object], object]) -> None:
    plugin = rust()
    with rust().open() as instance:
        for whole in (plugin, instance, plugin.values, plugin.add):
            with pytest.raises((TypeError, pickle.PicklingError)):
                attempt(whole)


def test_values_are_copied_and_compared() -> None:
    values = rust().values
    person = values.Person("a", 1, None, ["x"], values.Role.EDITOR)
    assert copy.deepcopy(person) == person
    assert values.Size(1, 2) == values.Size(1, 2) != values.Size(2, 1)
    assert len({values.Size(1, 2), values.Size(1, 2)}) == 1


def test_the_package_offers_what_it_exports() -> None:
    for name in atoll.__all__:
        assert getattr(atoll, name).__doc__
    with pytest.raises(AttributeError):
        _ = atoll.nope
