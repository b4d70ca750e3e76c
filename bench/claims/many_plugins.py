"""A program can hold a thousand plugins: each takes little memory beyond its code, and little time to load."""

import tempfile
from pathlib import Path

import msgspec

from bench import guests
from bench.bar import figure_at_most
from bench.claim import Claim, Plan, Row
from bench.embedding import run
from bench.guests import Guest
from bench.variants import variants

_COUNT = 1000
_KB = 1000


class Loaded(msgspec.Struct, frozen=True):
    """What `bench.embedders.many` tells: bytes a plugin, and milliseconds to load one."""

    code: float
    loaded: float
    called: float
    milliseconds: float


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="atoll-bench-") as name:
        plugins = Path(name) / "plugins"
        plugins.mkdir()
        # One more, with which the process begins.
        for _ in variants(guest, _COUNT + 1, plugins):
            pass
        command = ("bench.embedders.many", str(plugins), "--cache", f"{name}/cache")
        run(*command, "--compile")
        rounds = [msgspec.json.decode(run(*command), type=Loaded) for _ in range(plan.rounds)]
    beyond = tuple((seen.called - seen.code) / _KB for seen in rounds)
    last = rounds[-1]
    note = (
        f"resident memory of the last round grew by {last.loaded / _KB:.0f} KB a plugin when it was loaded, by "
        f"{last.called / _KB:.0f} KB once it was called too; {last.code / _KB:.0f} KB of each are its code"
    )
    return [
        Row(f"{guest.title}, memory", ours=beyond, bar=figure_at_most(100), unit="KB", note=note),
        Row(f"{guest.title}, loading", ours=tuple(seen.milliseconds for seen in rounds), bar=figure_at_most(1)),
    ]


CLAIM = Claim(
    name="many plugins",
    compares=f"{_COUNT:,} different plugins in one Python process, their compiled code in the cache: the growth of "
    "its resident memory by each that was loaded and called once, less its code (its wasm and its file in the cache), "
    "and the mean time that `atoll.load` takes",
    unit="ms",
    better="lower",
    guests=(guests.PLUGIN, guests.CALLING),
    measure=_measure,
)
