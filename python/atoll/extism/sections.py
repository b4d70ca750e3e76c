"""What a module imports and exports, read from its binary form without a look at its code.

Nothing is validated: that is done when the module is compiled. What is not told here raises Unreadable.
"""

from collections.abc import Iterator
from typing import NamedTuple

_VALUES = {0x7F: "i32", 0x7E: "i64", 0x7D: "f32", 0x7C: "f64", 0x7B: "v128", 0x70: "funcref", 0x6F: "externref"}
_KINDS = ("function", "table", "memory", "global", "tag")
_FUNCTION, _TABLE, _MEMORY, _GLOBAL, _TAG = range(5)
_TYPES, _IMPORTS, _FUNCTIONS, _MEMORIES, _EXPORTS, _CODE = 1, 2, 3, 5, 7, 10
_FUNCTION_TYPE = 0x60
HEADER = b"\0asm\1\0\0\0"


class Unreadable(Exception):
    """It is no module, or has types that are not told here."""


class Import(NamedTuple):
    """From which module, what, of which kind; a function's type in text form."""

    module: str
    name: str
    kind: str
    type: str


class Sections(NamedTuple):
    """A module: its imports; the kind of each export, and a function's type; the pages that its memories begin with."""

    imports: tuple[Import, ...]
    exports: dict[str, tuple[str, str]]
    pages: int


class _Reader:
    """Goes through the bytes."""

    def __init__(self, wasm: bytes, at: int, end: int) -> None:
        self._wasm = wasm
        self.at = at
        self._end = end

    @property
    def has_more(self) -> bool:
        return self.at < self._end

    def byte(self) -> int:
        if self.at >= self._end:
            raise Unreadable
        byte = self._wasm[self.at]
        self.at += 1
        return byte

    def number(self) -> int:
        """In LEB128, without a sign."""
        value = shift = 0
        while shift < 64:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise Unreadable

    def name(self) -> str:
        size = self.number()
        text = self._wasm[self.at : self.at + size]
        self.at += size
        try:
            return text.decode()
        except UnicodeDecodeError:
            raise Unreadable from None

    def value_type(self) -> str:
        kind = _VALUES.get(self.byte())
        if kind is None:
            raise Unreadable
        return kind

    def limits(self) -> int:
        """The least; all that follows it is passed over."""
        flags = self.byte()
        least = self.number()
        if flags & 1:
            self.number()
        if flags & 8:
            self.number()
        return least

    def items(self) -> range:
        return range(self.number())


def sections(wasm: bytes) -> Sections:
    """What the module has. Raises Unreadable."""
    if not wasm.startswith(HEADER):
        raise Unreadable
    types: list[str] = []
    functions: list[str] = []
    imports: list[Import] = []
    exports: dict[str, tuple[str, str]] = {}
    pages = 0
    for number, reader in _each(wasm):
        try:
            if number == _TYPES:
                types = [_function_type(reader) for _ in reader.items()]
            elif number == _IMPORTS:
                imports = [_import(reader, types) for _ in reader.items()]
                functions = [one.type for one in imports if one.kind == "function"]
            elif number == _FUNCTIONS:
                functions += [types[reader.number()] for _ in reader.items()]
            elif number == _MEMORIES:
                pages = sum(reader.limits() for _ in reader.items())
            elif number == _EXPORTS:
                exports = dict(_export(reader, functions) for _ in reader.items())
        except IndexError:
            raise Unreadable from None
    return Sections(tuple(imports), exports, pages)


def _each(wasm: bytes) -> Iterator[tuple[int, _Reader]]:
    whole = _Reader(wasm, len(HEADER), len(wasm))
    while whole.has_more:
        number = whole.byte()
        size = whole.number()
        if number == _CODE:
            return
        yield number, _Reader(wasm, whole.at, whole.at + size)
        whole.at += size


def _function_type(reader: _Reader) -> str:
    if reader.byte() != _FUNCTION_TYPE:
        raise Unreadable
    parts = [(word, [reader.value_type() for _ in reader.items()]) for word in ("param", "result")]
    return "(func" + "".join(f" ({word} {' '.join(kinds)})" for word, kinds in parts if kinds) + ")"


def _import(reader: _Reader, types: list[str]) -> Import:
    module, name, kind = reader.name(), reader.name(), reader.byte()
    type_ = ""
    if kind == _FUNCTION:
        type_ = types[reader.number()]
    elif kind == _TABLE:
        reader.value_type()
        reader.limits()
    elif kind == _MEMORY:
        reader.limits()
    elif kind == _GLOBAL:
        reader.value_type()
        reader.byte()
    elif kind == _TAG:
        reader.byte()
        reader.number()
    return Import(module, name, _KINDS[kind], type_)


def _export(reader: _Reader, functions: list[str]) -> tuple[str, tuple[str, str]]:
    name, kind, index = reader.name(), reader.byte(), reader.number()
    return name, (_KINDS[kind], functions[index] if kind == _FUNCTION else "")
