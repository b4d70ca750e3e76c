"""What a wasm file says of itself: who made it, and the crates that `cargo auditable` wrote into it.

Files are strangers': what is nested, and what is compressed, is bounded.
"""

import hashlib
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct, field

from atoll import host
from atoll.packages.sbom.bill import Bill, Material, library, package

CRATES = b".dep-v0"
MAX_CRATES_BYTES = 16 << 20
_MAX_DEPTH = 100
_MAX_SECTIONS = 100_000
# Sections of a component in which a core module or another component lies.
_CUSTOM, _MODULE_SECTION, _COMPONENT_SECTION = 0, 1, 4
_CORE, _COMPONENT = b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"


class Crate(Struct):
    """One crate, as `cargo auditable` tells it."""

    name: str
    version: str
    source: str = ""
    kind: str = "runtime"
    dependencies: list[int] = field(default_factory=list)
    root: bool = False


class Crates(Struct):
    """The document of the section."""

    packages: list[Crate] = field(default_factory=list)


def look(file: Path, ref: str, bill: Bill) -> bool:
    """Add what the file at a reference says of itself; whether it names its crates.

    Raises UserError if it is no wasm file.
    """
    for one in host.inspect(str(file)).producers:
        if one.field == "sdk":
            purl = package("generic", one.name, one.version).to_string()
            bill.add(Material(ref=purl, kind="framework", name=one.name, version=one.version, purl=purl), ref)
        elif one.field == "language" and one.name == "Go" and one.version.startswith("go"):
            # Go's own library is part of the file, and has advisories.
            bill.add(library("golang", "stdlib", one.version.removeprefix("go")), ref)
    wasm = file.read_bytes()
    for number, part in enumerate(parts(wasm), 1):
        digest = hashlib.sha256(part).hexdigest()
        name = f"part-{number}"
        bill.add(Material(ref=f"wasm:sha256:{digest}", kind="component", name=name, hashes={"SHA-256": digest}), ref)
    documents = [_document(content) for content in sections(wasm, CRATES)]
    for document in documents:
        if document is not None:
            _add(document, ref, bill)
    return any(document is not None for document in documents)


def facts(file: Path) -> tuple[tuple[str, str], ...]:
    """Languages and tools that the file names, as facts."""
    told = [(one.field, f"{one.name} {one.version}".strip()) for one in host.inspect(str(file)).producers]
    return tuple((f"wasm:producers:{name}", text) for name, text in dict.fromkeys(told))


def sections(wasm: bytes, name: bytes) -> Iterator[bytes]:
    """The contents of the custom sections of this name, of the file and of everything nested in it."""
    for _, number, content in _walked(wasm):
        if number == _CUSTOM:
            length, begin = _number(content, 0)
            if bytes(content[begin : begin + length]) == name:
                yield bytes(content[begin + length :])


def parts(wasm: bytes) -> Iterator[bytes]:
    """The components that a composition was made of: those right in it that have code of their own."""
    for depth, number, content in _walked(wasm):
        if depth == 0 and number == _COMPONENT_SECTION:
            part = bytes(content)
            if any(inner == _MODULE_SECTION for _, inner, _ in _walked(part)):
                yield part


def _walked(wasm: bytes) -> Iterator[tuple[int, int, memoryview]]:
    """All sections, the outer ones first: how deep they are nested, number and content."""
    left: deque[tuple[memoryview, int]] = deque([(memoryview(wasm), 0)])
    count = 0
    while left:
        part, depth = left.popleft()
        head = bytes(part[:8])
        if head not in (_CORE, _COMPONENT) or depth > _MAX_DEPTH:
            continue
        at = 8
        while at < len(part) and (count := count + 1) <= _MAX_SECTIONS:
            number = part[at]
            size, start = _number(part, at + 1)
            content = part[start : start + size]
            at = start + size
            yield depth, number, content
            if head == _COMPONENT and number in (_MODULE_SECTION, _COMPONENT_SECTION):
                left.append((content, depth + 1))


def _number(data: memoryview, at: int) -> tuple[int, int]:
    """A number of LEB128, and where it ends; what is cut off ends there."""
    value = shift = 0
    while at < len(data) and shift < 64:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            break
    return value, at


def _document(content: bytes) -> Crates | None:
    """None for what is none, or too large."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(content, MAX_CRATES_BYTES)
        return msgspec.json.decode(text, type=Crates) if inflater.eof else None
    except (zlib.error, msgspec.DecodeError):
        return None


def _add(document: Crates, ref: str, bill: Bill) -> None:
    crates = document.packages
    made: dict[int, str] = {
        index: bill.add(_crate(one)) for index, one in enumerate(crates) if one.kind == "runtime" and not one.root
    }
    roots = [one for one in crates if one.root] or crates[:1]
    for root in roots:
        bill.made_of[ref] |= {made[index] for index in root.dependencies if index in made}
    for index, own in made.items():
        bill.made_of[own] |= {made[other] for other in crates[index].dependencies if other in made} - {own}
        if not roots[0].dependencies:
            bill.made_of[ref].add(own)


def _crate(one: Crate) -> Material:
    material = library("cargo", one.name, one.version)
    if one.source in ("", "crates.io"):
        return material
    return msgspec.structs.replace(material, facts=(("cargo:source", one.source),))
