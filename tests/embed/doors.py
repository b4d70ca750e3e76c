"""Components that pass on what they are asked to an interface of their host: what they reach, any guest reaches."""

from collections.abc import Mapping
from typing import NamedTuple

ROOM = """\
  (core module $room
    (memory (export "memory") 512)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $next (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $room (instantiate $room))
"""
MEMORY = '(memory (core memory $room "memory")) (realloc (core func $room "realloc"))'


class Function(NamedTuple):
    """A function in the words of the text form, its parameters as a core module has them, its name for Python."""

    typed: str
    flat: str = ""
    gives: bool = True
    exported: str = ""


def passing(interface: str, types: Mapping[str, str], functions: Mapping[str, Function]) -> bytes:
    """A world with the functions of this interface, each of which asks the host."""
    named = "".join(
        f'(type ${name}-of {of}) (export "{name}" (type ${name} (eq ${name}-of)))' for name, of in types.items()
    )
    asked = "".join(f'(export "{name}" (func {function.typed}))' for name, function in functions.items())
    aliases = "".join(f'(alias export $host "{name}" (type ${name}))' for name in types)
    lowered = "".join(f'(core func ${name} (canon lower (func $host "{name}") {MEMORY}))' for name in functions)
    core = "".join(_import(name, function) for name, function in functions.items())
    core += "".join(_passed(name, function) for name, function in functions.items())
    given = "".join(f'(export "{name}" (func ${name}))' for name in functions)
    lifted = "".join(
        f'(func (export "{function.exported or name}") {function.typed}'
        f' (canon lift (core func $core "{name}") {MEMORY}))'
        for name, function in functions.items()
    )
    return (
        f'(component (import "{interface}" (instance $host {named} {asked})) {aliases} {ROOM} {lowered}'
        f"(core module $core {core})"
        f' (core instance $core (instantiate $core (with "host" (instance {given})))) {lifted})'
    ).encode()


def _import(name: str, function: Function) -> str:
    parameters = f"{function.flat} i32" if function.gives else function.flat
    return f'(import "host" "{name}" (func ${name} (param {parameters})))'


def _passed(name: str, function: Function) -> str:
    arguments = " ".join(f"(local.get {index})" for index in range(len(function.flat.split())))
    result, place = ("(result i32)", "(i32.const 16)") if function.gives else ("", "")
    return f'(func (export "{name}") (param {function.flat}) {result} (call ${name} {arguments} {place}) {place})'


ENVIRONMENT = passing(
    "wasi:cli/environment@0.2.0",
    {},
    {"get-environment": Function("(result (list (tuple string string)))")},
)
VARIABLES = passing(
    "wasi:config/store@0.2.0-draft-2024-09-27",
    {"error": '(variant (case "upstream" string) (case "io" string))'},
    {
        "get": Function('(param "key" string) (result (result (option string) (error $error)))', "i32 i32"),
        "get-all": Function("(result (result (list (tuple string string)) (error $error)))"),
    },
)
LOGGING = passing(
    "wasi:logging/logging@0.1.0-draft",
    {"level": '(enum "trace" "debug" "info" "warn" "error" "critical")'},
    {
        "log": Function(
            '(param "level" $level) (param "context" string) (param "message" string)', "i32 i32 i32 i32 i32", False
        )
    },
)
KEY_VALUE = passing(
    "fermyon:spin/key-value",
    {
        "error": '(variant (case "store-table-full") (case "no-such-store") (case "access-denied")'
        ' (case "invalid-store") (case "no-such-key") (case "io" string))'
    },
    {
        "open": Function(
            '(param "name" string) (result (result u32 (error $error)))', "i32 i32", exported="open-store"
        ),
        "get": Function(
            '(param "store" u32) (param "key" string) (result (result (list u8) (error $error)))', "i32 i32 i32"
        ),
        "set": Function(
            '(param "store" u32) (param "key" string) (param "value" (list u8)) (result (result (error $error)))',
            "i32 i32 i32 i32 i32",
        ),
        "get-keys": Function('(param "store" u32) (result (result (list string) (error $error)))', "i32"),
    },
)
_VALUE = '(variant (case "integer" s64) (case "real" f64) (case "text" string) (case "blob" (list u8)) (case "null"))'
SQLITE = passing(
    "fermyon:spin/sqlite",
    {
        "error": '(variant (case "no-such-database") (case "access-denied") (case "invalid-connection")'
        ' (case "database-full") (case "io" string))',
        "value": _VALUE,
        "row-result": '(record (field "values" (list $value)))',
        "query-result": '(record (field "columns" (list string)) (field "rows" (list $row-result)))',
    },
    {
        "open": Function(
            '(param "database" string) (result (result u32 (error $error)))', "i32 i32", exported="connect"
        ),
        "execute": Function(
            '(param "conn" u32) (param "statement" string) (param "parameters" (list $value))'
            " (result (result $query-result (error $error)))",
            "i32 i32 i32 i32 i32",
        ),
    },
)
