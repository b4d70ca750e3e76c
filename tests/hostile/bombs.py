"""Small files that are hard to compile: core modules with a `_start`, encoded by hand, always the same."""

import random

LOAD = b"\x28\x02\x00"
STORE = b"\x36\x02\x00"
END = b"\x0b"
ARITHMETIC = b"\x6a\x6b\x6c\x71\x72\x73"


def leb(number: int) -> bytes:
    """Unsigned LEB128."""
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def const(number: int) -> bytes:
    """`i32.const` of less than 64."""
    return bytes([0x41, number])


def section(number: int, items: list[bytes]) -> bytes:
    """A section that is a list of items."""
    content = leb(len(items)) + b"".join(items)
    return bytes([number]) + leb(len(content)) + content


def module(bodies: list[bytes]) -> bytes:
    """Functions without parameters and results, the first of them exported as `_start`, and one page of memory."""
    coded = [b"\x00" + body + END for body in bodies]
    sections = (
        section(1, [b"\x60\x00\x00"]),
        section(3, [b"\x00"] * len(bodies)),
        section(5, [b"\x00\x01"]),
        section(7, [b"\x06_start\x00\x00"]),
        section(10, [leb(len(body)) + body for body in coded]),
    )
    return b"\0asm\x01\0\0\0" + b"".join(sections)


def many_functions(count: int = 50_000, seed: int = 1) -> bytes:
    """Five megabytes, twelve seconds of compiling: each function does arithmetic on memory, none like the other."""
    dice = random.Random(seed)

    def body() -> bytes:
        operands = (
            const(dice.randrange(60)) + const(dice.randrange(60)) + LOAD + const(7) + bytes([dice.choice(ARITHMETIC)])
            for _ in range(8)
        )
        return b"".join(each + STORE for each in operands)

    return module([body() for _ in range(count)])


def branches(count: int = 500_000) -> bytes:
    """Five megabytes in one function that takes two gigabytes: a branch out of each of its blocks."""
    return module([(b"\x02\x40" + const(0) + LOAD + b"\x0d\x00" + END) * count])


def deep_blocks(depth: int = 1_000_000) -> bytes:
    """Blocks in blocks."""
    return module([b"\x02\x40" * depth + END * depth])


def branch_tables(tables: int = 20, targets: int = 65_000, blocks: int = 1_000) -> bytes:
    """Jump tables with 65,000 targets among a thousand blocks."""
    table = const(0) + b"\x0e" + leb(targets) + b"".join(leb(each % blocks) for each in range(targets)) + b"\x00"
    return module([b"\x02\x40" * blocks + table + END * blocks] * tables)


def huge_function(bytes_: int = 10 << 20) -> bytes:
    """One function beyond what the format's implementations agree to take."""
    return module([b"\x01" * bytes_])


def wide(types: int = 1, globals_: int = 0, memories: int = 1) -> bytes:
    """A `_start` that does nothing, beside so many types, globals and memories."""
    sections = (
        section(1, [b"\x60\x00\x00"] * types),
        section(3, [b"\x00"]),
        section(5, [b"\x00\x01"] * memories),
        section(6, [b"\x7f\x01" + const(1) + END] * globals_),
        section(7, [b"\x06_start\x00\x00"]),
        section(10, [b"\x02\x00" + END]),
    )
    return b"\0asm\x01\0\0\0" + b"".join(sections)
