"""Through wasmtime-py, with the same guests as through atoll."""

from typing import Any

from wasmtime import Engine, Store
from wasmtime.component import Component, Linker, Record

from bench.embedders import work
from bench.embedders.work import Statement
from bench.guests import CALLING, PLUGIN, Guest


def statement(name: str) -> Statement:
    """The work in wasmtime-py's words."""
    match name:
        case "add":
            return Statement(f"add(store, {work.A}, {work.B})", _kept(PLUGIN, add="add"))
        case "echo":
            return Statement("echo(store, block)", _kept(PLUGIN, echo="echo") | {"block": work.BLOCK})
        case "echo-text":
            return Statement("echo(store, text)", _kept(PLUGIN, echo="echo-text") | {"text": work.TEXT})
        case "fresh":
            return Statement("echo(word)", {"echo": _fresh(), "word": work.WORD})
        case "fold":
            return Statement(f"fold(store, {work.FOLDS})", _kept(CALLING, fold="fold"), times=work.FOLDS)
        case "record":
            return Statement("five(store, point)", _kept(PLUGIN, five="five") | {"point": _point()}, vars)
    raise LookupError(name)


def _kept(guest: Guest, **exports: str) -> dict[str, Any]:
    """A store, and functions of one instance."""
    engine = Engine()
    linker = Linker(engine)
    if guest == CALLING:
        with linker.root() as root:
            root.add_func("apply", lambda _store, n: n + 1)
    store = Store(engine)
    instance = linker.instantiate(store, Component.from_file(engine, str(guest.file)))
    return {"store": store} | {name: instance.get_func(store, export) for name, export in exports.items()}


def _fresh() -> Any:
    """A function that makes a store and an instance for each call."""
    engine = Engine()
    linker = Linker(engine)
    component = Component.from_file(engine, str(PLUGIN.file))
    export = component.get_export_index("echo")

    def echo(word: bytes) -> bytes:
        store = Store(engine)
        answer: bytes = linker.instantiate(store, component).get_func(store, export)(store, word)
        return answer

    return echo


def _point() -> Record:
    point = Record()
    vars(point).update(work.POINT)
    return point
