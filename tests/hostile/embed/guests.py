"""Guests that do harm by themselves, each as a component and as a core module with a function `run`."""

from typing import NamedTuple

from tests.embed.wat import plain
from tests.hostile.wat import DEEPER, MEMORIES, looping


class Body(NamedTuple):
    """What `run` does, what the module has beside it, and the code that the call ends with."""

    does: str
    fields: str = ""
    code: str = "limit-cpu"

    @property
    def text(self) -> str:
        return f'{self.fields} (func (export "run") {self.does})'

    @property
    def component(self) -> bytes:
        return plain(self.text, "run")

    @property
    def module(self) -> bytes:
        return f"(module {self.text})".encode()


CPU = {
    # 1
    "loop": Body(looping("")),
    "tail calls": Body("(return_call $f)", "(func $f (return_call $f))"),
    "exceptions": Body(looping("(block $c (try_table (catch_all $c) (throw $e)))"), "(tag $e)"),
    # 3
    "memory.fill": Body(looping("(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x12c0000))"), "(memory 300)"),
    "memory.copy": Body(looping("(memory.copy (i32.const 0) (i32.const 1) (i32.const 0x12bffff))"), "(memory 300)"),
    "memory.init": Body(
        looping("(memory.init $data (i32.const 0) (i32.const 0) (i32.const 60000))"),
        f'(memory 1) (data $data "{"x" * 60_000}")',
    ),
    "table.fill and table.copy": Body(
        looping(
            "(table.fill $t (i32.const 0) (ref.null func) (i32.const 45000))"
            "(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 44999))"
        ),
        "(table $t 45000 funcref)",
    ),
    "table.init": Body(
        looping("(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 64))"),
        f"(table $t 64 funcref) (elem $e func {'$f ' * 64}) (func $f)",
    ),
    "memory.grow by nothing": Body(looping("(drop (memory.grow (i32.const 0)))"), "(memory 1)"),
    "table.grow by nothing": Body(
        looping("(drop (table.grow $t (ref.null func) (i32.const 0)))"), "(table $t 1 funcref)"
    ),
    "growing that is refused": Body(looping("(drop (memory.grow (i32.const 1)))"), "(memory 1 1)"),
}
_STEPS = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const {pages})) (i32.const -1)))) unreachable"
_STEPS_64 = (
    "(loop $more (br_if $more (i64.ne (memory.grow (i64.const 16)) (i64.const -1))))"
    "(drop (memory.grow (i64.const -1))) unreachable"
)
_TABLES = "(loop $more (br_if $more (i32.ne (table.grow $t (ref.null func) (i32.const {more})) (i32.const -1))))"
MEMORY = {
    # 11
    "memory page by page": Body(_STEPS.format(pages=1), "(memory 1)", "limit-memory"),
    "memory in steps of 4 GiB": Body(_STEPS.format(pages=65_536), "(memory 0)", "limit-memory"),
    "memory in steps of 1 MiB, of 64 bits": Body(_STEPS_64, "(memory i64 1)", "limit-memory"),
    # 12
    "memory at once": Body("", "(memory 16384)", "limit-memory"),
    "memory of 64 bits at once": Body("", "(memory i64 16384)", "limit-memory"),
    # 13
    "many memories": Body("", MEMORIES, "limit-memory"),
    "tables element by element": Body(
        f"{_TABLES.format(more=1)} unreachable", "(table $t 49000 funcref)", "limit-tables"
    ),
    "a table of 2^32": Body(
        "(drop (table.grow $t (ref.null func) (i32.const 0x7fffffff)))"
        "(drop (table.grow $t (ref.null func) (i32.const -1))) unreachable",
        "(table $t 1 funcref)",
        "guest-trapped",
    ),
    "a table of 2^48": Body(
        "(drop (table.grow $t (ref.null func) (i64.const 0x1000000000000))) unreachable",
        "(table $t i64 1 funcref)",
        "guest-trapped",
    ),
    "tables that are too large together": Body("", "(table 25001 funcref) (table 25000 funcref)", "limit-tables"),
}
STACK = {
    # 14
    "recursion": Body("(call $deeper)", "(func $deeper (call $deeper) (call $deeper))", "guest-trapped"),
    "large frames": Body("(drop (call $deeper (i32.const 0)))", DEEPER, "guest-trapped"),
    "recursion by tables": Body(
        "(call_indirect (type $f) (i32.const 0))",
        "(type $f (func)) (table funcref (elem $deeper)) (func $deeper (call_indirect (type $f) (i32.const 0)) nop)",
        "guest-trapped",
    ),
}


def component(core: str, lifted: str) -> bytes:
    """A component whose core module has these fields and the memory `memory`; `$core` is its instance."""
    return (
        f'(component (core module $core (memory (export "memory") 1) {core})'
        f" (core instance $core (instantiate $core)) {lifted})"
    ).encode()


MEMORY_OF = '(memory (core memory $core "memory"))'
FOREVER = "(loop $forever (br $forever))"
_RUN = '(func (export "run"))'
_LENGTH = '(func (export "length") (param i32 i32) (result i32) (local.get 1))'
_DROPPING = f"""(component
  (core module $own (func (export "destroy") (param i32) {FOREVER}))
  (core instance $own (instantiate $own))
  (type $thing (resource (rep i32) (dtor (core func $own "destroy"))))
  (core func $new (canon resource.new $thing)) (core func $drop (canon resource.drop $thing))
  (core module $core
    (import "own" "new" (func $new (param i32) (result i32))) (import "own" "drop" (func $drop (param i32)))
    (func (export "run") (call $drop (call $new (i32.const 1)))))
  (core instance $core (instantiate $core
    (with "own" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
  (func (export "run") (canon lift (core func $core "run"))))"""

AROUND: dict[str, tuple[bytes, str, tuple[object, ...]]] = {
    "start of a component": (plain(f"(func $start {FOREVER}) (start $start) {_RUN}", "run"), "run", ()),
    "start of a module": (f"(module (func $start {FOREVER}) (start $start) {_RUN})".encode(), "run", ()),
    "_initialize": (f'(module (func (export "_initialize") {FOREVER}) {_RUN})'.encode(), "run", ()),
    "realloc": (
        component(
            f'(func (export "realloc") (param i32 i32 i32 i32) (result i32) {FOREVER} unreachable) {_LENGTH}',
            '(func (export "length") (param "text" string) (result u32) (canon lift (core func $core "length")'
            f' {MEMORY_OF} (realloc (core func $core "realloc"))))',
        ),
        "length",
        ("text",),
    ),
    "alloc": (
        f'(module (memory (export "memory") 1) {_LENGTH}'
        f' (func (export "alloc") (param i32) (result i32) {FOREVER} unreachable))'.encode(),
        "length",
        (b"text",),
    ),
    "post-return": (
        component(
            f'(func (export "word") (result i32) (i32.const 0)) (func (export "after") (param i32) {FOREVER})',
            f'(func (export "word") (result string) (canon lift (core func $core "word") {MEMORY_OF}'
            ' (post-return (core func $core "after"))))',
        ),
        "word",
        (),
    ),
    "free": (
        f'(module (memory (export "memory") 1) {_LENGTH} (func (export "alloc") (param i32) (result i32) (i32.const 8))'
        f' (func (export "free") (param i32) {FOREVER}))'.encode(),
        "length",
        (b"text",),
    ),
    "a destructor": (_DROPPING.encode(), "run", ()),
}
"""What loops before a call, after it or around its values: the guest, the function that is called, its arguments."""
