"""Guests that do harm when they are called, or before: components in text form, each with its function `run`."""

from tests.embed.wat import component, plain
from tests.hostile import wat as served

RUN = '(func (export "run") {})'


def looping(body: str, fields: str = "") -> bytes:
    """The instructions, for ever."""
    return plain(fields + RUN.format(served.looping(body)), "run")


def running(body: str, fields: str = "") -> bytes:
    return plain(fields + RUN.format(body), "run")


DESTRUCTOR = """(component
  (core module $own (func (export "destroy") (param i32) (loop $forever (br $forever))))
  (core instance $own (instantiate $own))
  (type $thing (resource (rep i32) (dtor (core func $own "destroy"))))
  (core func $new (canon resource.new $thing)) (core func $drop (canon resource.drop $thing))
  (core module $core
    (import "own" "new" (func $new (param i32) (result i32))) (import "own" "drop" (func $drop (param i32)))
    (func (export "run") BODY))
  (core instance $core (instantiate $core
    (with "own" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
  (func (export "run") (canon lift (core func $core "run"))))"""

GUESTS: dict[str, tuple[bytes, str]] = {
    "loop": (looping(""), "limit-cpu"),
    "loop in a destructor": (
        DESTRUCTOR.replace("BODY", "(call $drop (call $new (i32.const 1)))").encode(),
        "limit-cpu",
    ),
    "resources without end": (
        DESTRUCTOR.replace("BODY", served.looping("(drop (call $new (i32.const 1)))")).encode(),
        "limit-handles|guest-trapped",
    ),
    "memory.fill": (
        looping("(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x12c0000))", "(memory 300)"),
        "limit-cpu",
    ),
    "memory.copy": (
        looping("(memory.copy (i32.const 0) (i32.const 1) (i32.const 0x12bffff))", "(memory 300)"),
        "limit-cpu",
    ),
    "memory.init": (
        looping(
            "(memory.init $data (i32.const 0) (i32.const 0) (i32.const 60000))",
            f'(memory 1) (data $data "{"x" * 60_000}")',
        ),
        "limit-cpu",
    ),
    "table.fill and table.copy": (
        looping(
            "(table.fill $t (i32.const 0) (ref.null func) (i32.const 90000))"
            "(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 89999))",
            "(table $t 90000 funcref)",
        ),
        "limit-cpu",
    ),
    "memory.grow by nothing": (looping("(drop (memory.grow (i32.const 0)))", "(memory 1)"), "limit-cpu"),
    "memory in steps": (
        running(
            "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
            "(drop (memory.grow (i32.const 65536))) (drop (memory.grow (i32.const -1))) unreachable",
            "(memory 1)",
        ),
        "limit-memory",
    ),
    "memory64": (
        running("(drop (memory.grow (i64.const -1))) unreachable", "(memory i64 1)"),
        "guest-trapped|limit-memory",
    ),
    "many memories": (running("", served.MEMORIES), "limit-memory|guest-trapped"),
    "table.grow": (
        running("(drop (table.grow $t (ref.null func) (i32.const 0x7fffffff))) unreachable", "(table $t 1 funcref)"),
        "limit-tables|guest-trapped",
    ),
    "table64": (
        running("(drop (table.grow $t (ref.null func) (i64.const -1))) unreachable", "(table $t i64 1 funcref)"),
        "guest-trapped|limit-tables",
    ),
    "a large table": (running("", "(table 50001 funcref) (table 50000 funcref)"), "limit-tables|guest-trapped"),
    "recursion": (running("(call $deeper)", "(func $deeper (call $deeper) (call $deeper))"), "guest-trapped"),
    "large frames": (running("(drop (call $deeper (i32.const 0)))", served.DEEPER), "guest-trapped"),
    "recursion by tables": (
        running(
            "(call_indirect (type $f) (i32.const 0))",
            "(type $f (func)) (table funcref (elem $deeper)) (func $deeper (call_indirect (type $f) (i32.const 0)))",
        ),
        "guest-trapped",
    ),
    "tail calls without end": (running("(return_call $f)", "(func $f (return_call $f))"), "limit-cpu"),
    "exceptions without end": (
        looping("(block $c (try_table (catch_all $c) (throw $e)))", "(tag $e)"),
        "limit-cpu",
    ),
    "objects without end": (
        plain(
            "(type $list (struct (field (ref null $list)) (field i64)))"
            '(func (export "run") (local $head (ref null $list))'
            + served.looping("(local.set $head (struct.new $list (local.get $head) (i64.const 1)))")
            + ")",
            "run",
        ),
        "",
    ),
    "a result outside of memory": (
        component(
            '(memory (export "memory") 1) (func (export "run") (result i32) (i32.const -4))',
            '(func (export "run") (result string) (canon lift (core func $core "run")'
            ' (memory (core memory $core "memory"))))',
        ),
        "guest-trapped",
    ),
    "text that is none": (
        component(
            '(memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\04\\00\\00\\00\\ff\\fe\\fd\\fc")'
            '(func (export "run") (result i32) (i32.const 0))',
            '(func (export "run") (result string) (canon lift (core func $core "run")'
            ' (memory (core memory $core "memory"))))',
        ),
        "guest-trapped",
    ),
    "a character that is none": (
        component(
            '(func (export "run") (result i32) (i32.const 0xd800))',
            '(func (export "run") (result char) (canon lift (core func $core "run")))',
        ),
        "guest-trapped",
    ),
    "a case that there is not": (
        component(
            '(func (export "run") (result i32) (i32.const 7))',
            '(type $e (enum "a" "b")) (export $named "e" (type $e))'
            '(func (export "run") (result $named) (canon lift (core func $core "run")))',
        ),
        "guest-trapped",
    ),
}
"""What each ends with: codes, or any."""
