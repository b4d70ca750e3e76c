"""The module in front of a plug-in, through which each call is one crossing: bytes in, bytes out.

It begins the call in the kernel, with its input, calls the plug-in's function and gives the place of the output. A code
other than 0 it tells the host before.
"""

from collections.abc import Mapping

from atoll.extism.kernel import ENV
from atoll.extism.manifest import MAIN

FRONT = "atoll:extism/front"
"""What the module imports from the host."""
RESULTS = frozenset({"", "i32", "i64", "f32", "f64", "v128", "funcref", "externref"})
"""Types of results that functions may have, empty for none. Of others than i32 the code is -1."""
_BEGINNING = f"""(module $front
  (import "{ENV}" "memory" (memory 1))
  (import "{ENV}" "room" (func $room (param i64) (result i64)))
  (import "{ENV}" "input_set" (func $input_set (param i64 i64)))
  (import "{ENV}" "answer" (func $answer (result i32 i32)))
  (import "{FRONT}" "ends" (func $ends (param i32)))
"""
_EXPORTS = """  (export "memory" (memory 0))
  (export "alloc" (func $room))
"""
_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')


def exported(name: str) -> str:
    """What the export is called that calls the plug-in's function of that name."""
    return f"call {name}"


def front(functions: Mapping[str, str]) -> bytes:
    """The module, for functions of these names with these results."""
    callable_ = [(f"$f{number}", *one) for number, one in enumerate(functions.items())]
    imports = "".join(
        f"  (import {_quoted(MAIN)} {_quoted(name)} (func {called}{f' (result {result})' if result else ''}))\n"
        for called, name, result in callable_
    )
    calls = "".join(
        f"  (func (export {_quoted(exported(name))}) (param i64 i64) (result i32 i32) (local $code i32)\n"
        f"    (call $input_set (local.get 0) (local.get 1))\n"
        f"    {_called(called, result)}\n"
        f"    (if (local.get $code) (then (call $ends (local.get $code))))\n"
        f"    (call $answer))\n"
        for called, name, result in callable_
    )
    return f"{_BEGINNING}{imports}{_EXPORTS}{calls})".encode()


def _called(function: str, result: str) -> str:
    if result == "":
        return f"(call {function})"
    if result == "i32":
        return f"(local.set $code (call {function}))"
    return f"(drop (call {function})) (local.set $code (i32.const -1))"


def _quoted(name: str) -> str:
    plain = (chr(byte) if byte in _PLAIN else f"\\{byte:02x}" for byte in name.encode())
    return f'"{"".join(plain)}"'
