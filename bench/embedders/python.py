"""Without WebAssembly: a function of Python."""

from bench.embedders import work
from bench.embedders.work import Statement


def statement(name: str) -> Statement:
    """The work in plain Python."""
    if name != "add":
        raise LookupError(name)
    return Statement(f"add({work.A}, {work.B})", {"add": _add})


def _add(a: int, b: int) -> int:
    return a + b
