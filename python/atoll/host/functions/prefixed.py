"""A WASI module that writes the head of a response before anything else.

The module gets one function more, behind its own: it writes the head to standard output, and calls what was exported
as `_start`, whose place it takes. No index, no name and no place in the code changes.
"""

from collections.abc import Iterator

from msgspec import Struct

HEAD = b"content-type: application/json\n\n"

_MAGIC = b"\0asm\x01\0\0\0"
_WASI = b"wasi_snapshot_preview1"
_IMPORTS, _FUNCTIONS, _EXPORTS, _CODE = 2, 3, 7, 10
_FUNCTION = 0
# Where the head and the list of buffers are laid for as long as the call takes; what was there is put back.
_AT = 16
_WORDS = 2 + len(HEAD) // 8


class _Section(Struct):
    number: int
    content: bytes


class _Cursor:
    """Reads numbers and names, one behind the other. Raises IndexError at the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise IndexError
        self.at += count
        return self.data[self.at - count : self.at]

    def name(self) -> bytes:
        return self.take(self.number())


def is_core(wasm: bytes) -> bool:
    """Whether these are the bytes of a core module."""
    return wasm.startswith(_MAGIC)


def prefixed(wasm: bytes) -> bytes | None:
    """The module with its head. None for one that is no command, cannot print, or cannot be read."""
    try:
        sections = list(_sections(wasm))
        found = {section.number: section for section in sections if section.number}
        imported, write = _imports(_Cursor(found[_IMPORTS].content))
        start = _start(_Cursor(found[_EXPORTS].content))
        if write is None or start is None or start < imported:
            return None
        kinds = _Cursor(found[_FUNCTIONS].content)
        defined = [kinds.number() for _ in range(kinds.number())]
        found[_FUNCTIONS].content = _longer(found[_FUNCTIONS].content, _leb(defined[start - imported]))
        found[_EXPORTS].content = _led(found[_EXPORTS].content, start, imported + len(defined))
        body = _body(write, start)
        found[_CODE].content = _longer(found[_CODE].content, _leb(len(body)) + body)
    except (IndexError, KeyError):
        return None
    return _MAGIC + b"".join(bytes([one.number]) + _leb(len(one.content)) + one.content for one in sections)


def _sections(wasm: bytes) -> Iterator[_Section]:
    cursor = _Cursor(wasm)
    cursor.take(len(_MAGIC))
    while cursor.at < len(wasm):
        number = cursor.byte()
        yield _Section(number, cursor.take(cursor.number()))


def _imports(cursor: _Cursor) -> tuple[int, int | None]:
    """How many functions are imported, and which of them writes."""
    functions, write = 0, None
    for _ in range(cursor.number()):
        name = cursor.name(), cursor.name()
        kind = cursor.byte()
        if kind == _FUNCTION:
            cursor.number()
            write = functions if name == (_WASI, b"fd_write") else write
            functions += 1
        else:
            _skip(kind, cursor)
    return functions, write


def _skip(kind: int, cursor: _Cursor) -> None:
    """What the type of a table, a memory, a global or a tag says."""
    if kind in (1, 3) and cursor.byte() in (0x63, 0x64):
        cursor.number()
    if kind in (3, 4):
        cursor.byte()
    if kind == 4:
        cursor.number()
    if kind in (1, 2):
        flags = cursor.number()
        for _ in range(1 + (flags & 1) + (flags >> 3 & 1)):
            cursor.number()


def _start(cursor: _Cursor) -> int | None:
    for _ in range(cursor.number()):
        name, kind, index = cursor.name(), cursor.byte(), cursor.number()
        if name == b"_start" and kind == _FUNCTION:
            return index
    return None


def _led(exports: bytes, start: int, other: int) -> bytes:
    """The exports with another function as `_start`."""
    cursor = _Cursor(exports)
    count = cursor.number()
    made = _leb(count)
    for _ in range(count):
        name, kind, index = cursor.name(), cursor.byte(), cursor.number()
        index = other if (name, kind, index) == (b"_start", _FUNCTION, start) else index
        made += _leb(len(name)) + name + bytes([kind]) + _leb(index)
    return made


def _longer(vector: bytes, element: bytes) -> bytes:
    cursor = _Cursor(vector)
    return _leb(cursor.number() + 1) + vector[cursor.at :] + element


def _body(write: int, start: int) -> bytes:
    """Keep what is there, lay the words, `fd_write(1, list, 1, written)`, put back, go on."""
    where = bytes([0x41, _AT])
    words = [(_AT + 16) | len(HEAD) << 32, 0]
    words += [int.from_bytes(HEAD[at : at + 8], "little") for at in range(0, len(HEAD), 8)]
    body = bytes([1, _WORDS, 0x7E])
    body += b"".join(where + bytes([0x29, 3, 8 * one, 0x21, one]) for one in range(_WORDS))
    body += b"".join(where + b"\x42" + _signed(word) + bytes([0x37, 3, 8 * one]) for one, word in enumerate(words))
    body += bytes([0x41, 1, 0x41, _AT, 0x41, 1, 0x41, _AT + 8, 0x10]) + _leb(write) + b"\x1a"
    body += b"".join(where + bytes([0x20, one, 0x37, 3, 8 * one]) for one in range(_WORDS))
    return body + b"\x10" + _leb(start) + b"\x0b"


def _leb(number: int) -> bytes:
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def _signed(number: int) -> bytes:
    """Of a number without its sign bit, which ASCII never sets."""
    made = bytearray()
    while number > 0x3F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])
