"""Uses generated packages wrongly. Each line says what mypy says of it; of the others it says nothing."""

import rust_plugin
from rust_plugin.counters import Counter
from rust_plugin.directory import Entry
from rust_plugin.values import Person, Role, Shape, ShapeCircle, ShapeRect, Size


class Session:
    """Has a method whose type is wrong."""

    def __init__(self, user: str) -> None:
        self.name = user

    def user(self) -> str:
        return self.name

    def touch(self) -> str:
        return ""


class Incomplete:
    """Lacks a function, and takes a number for a text."""

    Session = Session

    def lookup(self, name: int) -> Entry:
        return Entry(str(name), None)

    def log_it(self, line: str) -> None:
        return None

    def apply(self, n: int) -> int:
        return n


plugin = rust_plugin.load(imports={"acme:plugin/directory": Incomplete()})  # typeddict-item
rust_plugin.load()  # call-arg
rust_plugin.load(imports={})  # typeddict-item
rust_plugin.load(imports={"acme:plugin/dir": Incomplete()})  # typeddict-item typeddict-unknown-key
plugin.add("1", 2)  # arg-type
plugin.add(1)  # call-arg
plugin.nope()  # attr-defined
plugin.values.nope()  # attr-defined
plugin.values.echo_role("editor")  # arg-type
plugin.values.echo_bytes("text")  # arg-type
plugin.values.echo_tuple((1, 2, True))  # arg-type
plugin.values.echo_shape(Size(1, 2))  # arg-type
text: str = plugin.values.echo_u8(1)  # assignment
person = Person("a", "1", None, [], Role.EDITOR)  # arg-type
person.age = 3  # misc
nobody = Role.NOBODY  # attr-defined
not_awaited: int = plugin.aio.add(1, 2)  # assignment


def counters(counter: Counter) -> None:
    """Resources."""
    counter.increment("x")  # arg-type
    counter.decrement(1)  # attr-defined
    counter.aio.decrement(1)  # attr-defined
    plugin.counters.Counter("x")  # arg-type
    plugin.counters.Counter.clone_of(1)  # arg-type


def number(shape: Shape) -> int:  # return
    """Forgets the empty one."""
    match shape:
        case ShapeCircle():
            return 1
        case ShapeRect():
            return 2
