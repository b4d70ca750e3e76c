"""What a plugin exports is found by short and by full names, with and without versions."""

import pytest

import atoll
from tests.embed import wat
from tests.embed.plugins import rust
from tests.support import built


def test_functions_of_the_world_are_attributes() -> None:
    plugin = rust()
    assert plugin.add(1, 2) == plugin.exports["add"](1, 2) == 3
    assert plugin.add is plugin.add


def test_an_interface_has_a_short_name_and_a_full_one() -> None:
    plugin = rust()
    for state in (
        plugin.state,
        plugin.exports["acme:plugin/state@0.1.0"],
        plugin.exports["acme:plugin/state"],
    ):
        assert state.bump() == 1


def test_everything_that_is_exported_can_be_listed() -> None:
    exports = rust().exports
    interfaces = {f"acme:plugin/{name}@0.1.0" for name in ("values", "counters", "state", "bad", "crm")}
    assert set(exports) == {"add", "render", "greet", "divide"} | interfaces
    assert len(exports) == 9
    assert repr(exports).startswith("<exports: ")
    assert "acme:plugin/state" in exports
    assert exports.get("acme:plugin/other") is None


def test_kebab_names_are_attributes_in_snake_case() -> None:
    plugin = atoll.load(
        wat.plain(wat.number(1, "a-long-name").replace("(result i32) (i32.const 1)", ""), "a-long-name")
    )
    assert plugin.a_long_name() is None
    assert plugin.exports["a-long-name"]() is None


@pytest.mark.parametrize("name", ["nope", "Add", "state_", "exports_", "shouldNotBe"])
def test_a_name_that_there_is_not_is_refused_with_those_that_there_are(name: str) -> None:
    plugin = rust()
    assert not hasattr(plugin, name)
    words = f"<plugin rust-plugin> exports no `{name}`; it exports add, bad, counters, crm, divide"
    with pytest.raises(AttributeError, match=words) as raised:
        getattr(plugin, name)
    assert (raised.value.name, raised.value.obj) == (name, plugin)


def test_a_name_that_an_interface_has_not_is_refused() -> None:
    with pytest.raises(AttributeError, match=r"<acme:plugin/state@0.1.0> exports no `forget`; it exports bump, rec"):
        rust().state.forget()


@pytest.mark.parametrize(
    "name", ["nope", "state", "acme:plugin/nope", "acme:plugin/state@0.2.0", "acme:plugin/directory"]
)
def test_a_full_name_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        rust().exports[name]


def test_of_interfaces_with_one_short_name_the_full_ones_are_asked_for() -> None:
    plugin = atoll.load(wat.interfaces("a:one/people", "b:two/people@1.0.0", "c:three/places"))
    words = r'several interfaces are called `people`: say exports\["a:one/people"\] and exports\["b:two/people@1.0.0"\]'
    with pytest.raises(AttributeError, match=words):
        plugin.people.number()
    assert plugin.places.number() == 2
    assert plugin.exports["a:one/people"].number() == 0
    assert plugin.exports["b:two/people"].number() == plugin.exports["b:two/people@1.0.0"].number() == 1


def test_of_two_versions_one_has_to_be_said() -> None:
    plugin = atoll.load(wat.interfaces("a:one/people@1.0.0", "a:one/people@2.0.0"))
    with pytest.raises(AttributeError, match="several interfaces are called `people`"):
        plugin.people.number()
    assert plugin.exports["a:one/people@1.0.0"].number() == 0
    assert plugin.exports["a:one/people@2.0.0"].number() == 1
    with pytest.raises(KeyError):
        plugin.exports["a:one/people"]


def test_an_export_that_is_called_like_something_of_the_plugins_has_its_full_name() -> None:
    names = ("open", "world", "exports", "aio", "digest", "bytes")
    core = "".join(wat.number(value, name) for value, name in enumerate(names))
    plugin = atoll.load(wat.component(core, "".join(map(wat.lifted_number, names))))
    assert isinstance(plugin.digest, str)
    assert [plugin.exports[name]() for name in names] == [*range(6)]
    with plugin.open() as instance:
        assert [instance.exports[name]() for name in names] == [*range(6)]


def test_an_interface_that_is_called_like_something_of_the_plugins_has_its_full_name() -> None:
    plugin = atoll.load(wat.interfaces("a:one/open", "a:one/aio"))
    assert plugin.exports["a:one/open"].number() == 0
    assert plugin.exports["a:one/aio"].number() == 1
    assert plugin.aio.exports["a:one/aio"] is not None


def test_a_component_that_exports_nothing_is_a_plugin_without_names() -> None:
    plugin = atoll.load(b"(component)")
    assert list(plugin.exports) == []
    assert repr(plugin.exports) == "<exports: nothing>"
    with pytest.raises(AttributeError, match="it exports nothing"):
        plugin.run()


def test_a_function_that_cannot_cross_says_why_when_it_is_asked_for() -> None:
    plugin = atoll.load(built("rust-http"))
    handler = plugin.exports["wasi:http/incoming-handler"]
    with pytest.raises(TypeError, match="`handle` cannot be called from Python"):
        handler.handle()


def test_the_exports_of_an_instance_are_its_own() -> None:
    with rust().open() as instance:
        assert instance.exports["acme:plugin/state"].bump() == 1
        assert instance.state.bump() == 2
        assert instance.exports["add"](1, 2) == 3
