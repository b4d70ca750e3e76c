"""15: a million types, globals and instances, in a file and in a process."""

import threading
import time

import pytest

import atoll
from atoll.errors import AtollError
from tests.embed import wat
from tests.embed.scripts import said
from tests.hostile import bombs
from tests.hostile.embed.harm import harmless
from tests.hostile.embed.ways import LIMITS
from tests.hostile.test_shapes import doubling, instances


def exporting(count: int) -> bytes:
    """A core module that exports one function so often, by as many names."""
    names = "".join(f'(export "f{number}" (func $f))' for number in range(count))
    return f"(module (func $f) {names})".encode()


SHAPES: dict[str, bytes] = {
    "a million types": bombs.wide(types=1_000_001),
    "a hundred thousand globals": bombs.wide(globals_=100_000),
    "a million globals": bombs.wide(globals_=1_000_001),
    "a million memories": bombs.wide(memories=1_000_000),
    "ten thousand instances": instances(10_000).encode(),
    "a type that doubles": doubling(40).encode(),
    "five thousand exports": exporting(5_000),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_a_file_of_any_shape_is_loaded_or_refused_while_others_are_answered(name: str) -> None:
    """In a thread of its own, as a service would load what somebody sent it."""
    ended: list[atoll.Plugin | AtollError] = []

    def load() -> None:
        try:
            ended.append(atoll.load(SHAPES[name], limits=LIMITS))
        except AtollError as error:
            ended.append(error)

    with harmless():
        began = time.monotonic()
        loading = threading.Thread(target=load)
        loading.start()
        loading.join(60)
        assert time.monotonic() - began < 60
        [one] = ended
        if isinstance(one, AtollError):
            assert one.exit_code == 1
            assert len(str(one)) < 10_000
        else:
            assert len(dir(one)) >= 1
        ended.clear()


@pytest.mark.slow
def test_instances_that_a_component_makes_without_end_are_too_many() -> None:
    """A module's instance costs the host memory, whatever the module has."""
    for count in (100, 400):
        source = f"(component (core module $m) {'(core instance (instantiate $m))' * count})".encode()
        with harmless():
            atoll.load(source).open().close()


FULL = """
atoll.configure(max_instances=20)
plugin, other = small(limits=atoll.Limits(time=0.2)), rust(limits=atoll.Limits(time=20))
held = []
try:
    while True:
        held.append(plugin.open())
except atoll.LimitExceeded as error:
    print(len(held), error.code)
    print(error.message)
waiting = []
thread = threading.Thread(target=lambda: waiting.append(other.crm.find("anna")))
thread.start()
assert held[0].add(1, 2) == 3
held.pop().close()
thread.join(30)
assert waiting == ["Anna: 1234"]
assert plugin.add(1, 2) == 3
async def many():
    return await asyncio.gather(*(other.aio.crm.find("anna") for _ in range(200)))
assert asyncio.run(many()) == ["Anna: 1234"] * 200
for instance in held:
    instance.close()
"""


@pytest.mark.slow
def test_a_process_that_is_full_of_instances_serves_whoever_waits() -> None:
    stdout, stderr, code = said(FULL)
    # Whichever of the two comes first: both limits are reached at the same moment.
    assert stdout.splitlines()[0] in ("20 limit-concurrency", "20 limit-deadline")
    assert (stderr, code) == ("", 0)


@pytest.mark.slow
def test_a_process_that_is_full_of_instances_says_how_many_and_what_raises_that() -> None:
    message = said(FULL)[0].splitlines()[1]
    assert "20 instances" in message
    assert "atoll.configure(max_instances=…)" in message


HOARDING = """
def hoarding(memories, instances):
    module = f"(core module $m {'(memory 0)' * memories})" + "(core instance (instantiate $m))" * instances
    return atoll.load(f"(component {module})".encode())
healthy, held = small(limits=atoll.Limits(time=0.3)), []
assert healthy.add(1, 2) == 3
for plugin in (hoarding(16, 4), hoarding(1, 1)):
    try:
        while len(held) < 150:
            held.append(plugin.open())
    except atoll.LimitExceeded as error:
        print(error.code)
try:
    print(healthy.add(1, 2))
finally:
    held.clear()
    print(healthy.add(1, 2))
"""


@pytest.mark.slow
def test_whatever_hoards_memories_others_are_answered_once_it_ends() -> None:
    stdout = said(HOARDING)[0].splitlines()
    assert stdout[0] == "limit-concurrency"
    assert stdout[-1] == "3"


def test_what_has_many_parts_is_called_like_anything_else() -> None:
    """The twin of what is refused."""
    plugin = atoll.load(exporting(100))
    assert plugin.f0() is plugin.f99() is None
    assert atoll.load(wat.interfaces(*(f"a:b/c{number}" for number in range(50)))).exports["a:b/c49"].number() == 49


def named(names: list[str]) -> atoll.Plugin:
    """A core module whose functions have these names, and give their positions."""
    functions = (f'(func (export "{name}") (result i32) (i32.const {at}))' for at, name in enumerate(names))
    return atoll.load(f"(module {''.join(functions)})".encode())


def test_names_of_any_kind_hide_nothing_of_the_plugins() -> None:
    """Core modules call their exports what they like."""
    names = [
        "__class__",
        "__dict__",
        "__del__",
        "_types",
        "open",
        "aio",
        "close",
        "world",
        "exports",
        "",
        "a b",
        "self",
    ]
    plugin = named([*names, "x" * 100_000])
    assert isinstance(plugin, atoll.Plugin)
    assert [plugin.exports[name]() for name in names] == [*range(len(names))]
    with plugin.open() as instance:
        assert instance.is_open
        assert [instance.exports[name]() for name in names] == [*range(len(names))]
    assert not instance.is_open


def test_two_names_that_are_one_in_python_lead_to_two_functions() -> None:
    plugin = named(["a-b", "a_b", "class", "class_"])
    assert [plugin.exports[name]() for name in ("a-b", "a_b", "class", "class_")] == [0, 1, 2, 3]
