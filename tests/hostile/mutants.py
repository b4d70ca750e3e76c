"""Feeds damaged guests to the data plane, in a process of its own: `python -m tests.hostile.mutants SEED COUNT`.

Prints one line at the end: how many were accepted, how many refused with a coded error, and the most memory that was
held, in MiB. Anything else ends the process with the seed of the culprit.
"""

import random
import re
import sys
import tempfile
from pathlib import Path

from atoll.errors import AtollError
from atoll.host import inspect
from tests.support import GUESTS

LARGEST = 60_000


def damaged(original: bytes, other: bytes, chance: random.Random) -> bytes:
    """One of the ways in which a file goes wrong, or is made to."""
    at, end = sorted(chance.randrange(len(original)) for _ in range(2))
    match chance.randrange(5):
        case 0:
            return original[:at]
        case 1:
            return original[:at] + original[end:]
        case 2:
            start = chance.randrange(len(other))
            return original[:at] + other[start : start + end - at] + original[end:]
        case 3:
            return original[:at] + chance.randbytes(chance.randrange(1, 9)) + original[at:]
        case _:  # Bits that flip.
            flipped = bytearray(original)
            for _ in range(chance.randrange(1, 9)):
                flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
            return bytes(flipped)


def peak() -> int:
    """The most MiB that this process has had. What `getrusage` tells begins with that of the parent."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))[1]) >> 10  # type: ignore[index]


def main() -> None:
    first, count = int(sys.argv[1]), int(sys.argv[2])
    guests = [file.read_bytes() for file in sorted(GUESTS.glob("*.wasm")) if file.stat().st_size < LARGEST]
    accepted = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mutant.wasm"
        for seed in range(first, first + count):
            chance = random.Random(seed)
            file.write_bytes(damaged(chance.choice(guests), chance.choice(guests), chance))
            try:
                inspect(str(file))
                accepted += 1
            except AtollError:
                refused += 1
            except BaseException:
                sys.stderr.write(f"seed {seed}\n")
                raise
    sys.stdout.write(f"{accepted} {refused} {peak()}\n")


if __name__ == "__main__":
    main()
