"""Bytes and text cross between Python and a guest at the speed of copies."""

from dataclasses import replace

from bench import guests
from bench.bar import Bar, at_least
from bench.claim import Claim, Plan, Row
from bench.embedding import EXTISM, WASMTIME, Embedder, contrast
from bench.guests import Guest

_COPIED = "Extism, copied by its PDK"
_OTHERS = {"Extism": EXTISM, "wasmtime-py": WASMTIME}
_BYTES: dict[str, Bar] = {"Extism": at_least(1.5), "wasmtime-py": at_least(300)}
_TEXT: dict[str, Bar] = {"Extism": at_least(5), "wasmtime-py": at_least(5)}


def _measure(plan: Plan, guest: Guest) -> list[Row]:
    copied = Embedder(EXTISM.module, work="echo-pdk")
    of_bytes = contrast(plan, f"{guest.title}, 1 MiB of bytes", "echo", {**_OTHERS, _COPIED: copied})
    of_text = contrast(plan, f"{guest.title}, 1 KiB of text", "echo-text", _OTHERS)
    return [
        *(replace(row, bar=_BYTES.get(row.against)) for row in of_bytes),
        *(replace(row, bar=_TEXT.get(row.against)) for row in of_text),
    ]


CLAIM = Claim(
    name="echo",
    compares="bytes (`list<u8>`) and text that a guest gives back, in the same instance, from a loop in Python: "
    "through atoll, against Extism's SDK, whose plug-in gives its input back without ever having it in its memory "
    "(`copied by its PDK`: it has, by Extism's own PDK for Rust), and against wasmtime-py",
    unit="calls/s",
    better="higher",
    guests=(guests.PLUGIN,),
    measure=_measure,
)
