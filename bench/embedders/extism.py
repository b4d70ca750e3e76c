"""Through Extism's SDK: plug-ins `extism-c` and `extism-c-calling`, and `extism-rust` where its PDK is to be measured.

A plug-in takes bytes and gives bytes. Numbers are packed beforehand, so that packing them is not measured.
"""

from extism import Plugin, ValType, host_fn
from extism.extism import CompiledPlugin

from bench.embedders import work
from bench.embedders.work import Statement
from bench.guests import EXTISM, EXTISM_CALLING, EXTISM_PDK, Guest


def statement(name: str) -> Statement:
    """The work in Extism's words."""
    match name:
        case "add":
            packed = work.A.to_bytes(4, "little") + work.B.to_bytes(4, "little")
            return Statement('plugin.call("add", packed)', {"plugin": _kept(EXTISM), "packed": packed}, _number)
        case "echo":
            return Statement('plugin.call("echo", block)', {"plugin": _kept(EXTISM), "block": work.BLOCK})
        case "echo-pdk":
            return Statement('plugin.call("echo", block)', {"plugin": _kept(EXTISM_PDK), "block": work.BLOCK})
        case "echo-text":
            names = {"plugin": _kept(EXTISM), "text": work.TEXT, "read": lambda given: str(given, "utf-8")}
            return Statement('plugin.call("echo", text, read)', names)
        case "fresh":
            names = {"Plugin": Plugin, "compiled": CompiledPlugin(EXTISM.file.read_bytes()), "word": work.WORD}
            return Statement('Plugin(compiled).call("echo", word)', names)
        case "fold":
            host_fn(name="apply", signature=([ValType.I64], [ValType.I64]))(_apply)
            names = {"plugin": _kept(EXTISM_CALLING), "packed": work.FOLDS.to_bytes(8, "little")}
            return Statement('plugin.call("fold", packed)', names, _number, work.FOLDS)
    raise LookupError(name)


def _kept(guest: Guest) -> Plugin:
    return Plugin(guest.file.read_bytes())


def _number(given: bytes) -> int:
    return int.from_bytes(given, "little")


def _apply(_plugin: object, params: list, results: list) -> None:  # type: ignore[type-arg]
    # The signature is said by hand: of an annotated `int` the SDK would return the address of eight bytes.
    results[0].value = params[0].value + 1
