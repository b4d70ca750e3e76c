"""Components in text form, whose core module is one test's own."""

IMPORTS = """\
  (import "wasi:http/types@0.2.0" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $request))
  (alias export $types "response-outparam" (type $outparam))
"""
EXPORT = """\
  (func $handle (param "request" (own $request)) (param "response-out" (own $outparam))
    (canon lift (core func $guest "handle"){options}))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.0" (instance $handler))
"""


def handler(fields: str, body: str, *, options: str = "", before: str = "", arguments: str = "") -> str:
    """A component that answers HTTP with `body`: instructions of a function of two i32, in a module with `fields`."""
    core = f'(core module $core {fields} (func (export "handle") (param i32 i32) {body}))'
    return (
        f"(component\n{IMPORTS}{before}  {core}\n  (core instance $guest (instantiate $core {arguments}))\n"
        f"{EXPORT.format(options=options)})"
    )


def looping(body: str) -> str:
    """The instructions, for ever."""
    return f"(loop $more {body} (br $more))"


DESTRUCTOR = """\
  (core module $own (func (export "destroy") (param i32) (loop $forever (br $forever))))
  (core instance $own (instantiate $own))
  (type $thing (resource (rep i32) (dtor (core func $own "destroy"))))
  (core func $new (canon resource.new $thing))
  (core func $drop (canon resource.drop $thing))
"""
BOMB = """\
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core func $drop (canon resource.drop $thing))
"""
THINGS = '(with "own" (instance (export "new" (func $new)) (export "drop" (func $drop))))'
NEW = '(import "own" "new" (func $new (param i32) (result i32))) (import "own" "drop" (func $drop (param i32)))'

MEMORIES = " ".join("(memory 900)" for _ in range(16))
LOCALS = "(local " + "i64 " * 10_000 + ")"
DEEPER = f"(func $deeper (param i32) (result i32) {LOCALS} (i32.add (i32.const 1) (call $deeper (local.get 0))))"

# Each ends within its limits, whatever it does.
GUESTS: dict[str, str] = {
    "post-return-loop": handler(
        '(func (export "after") (loop $f (br $f)))', "", options=' (post-return (core func $guest "after"))'
    ),
    "destructor-loop": handler(NEW, "(call $drop (call $new (i32.const 1)))", before=DESTRUCTOR, arguments=THINGS),
    "resource-bomb": handler(NEW, looping("(drop (call $new (i32.const 1)))"), before=BOMB, arguments=THINGS),
    "copy-loop": handler("(memory 300)", looping("(memory.copy (i32.const 0) (i32.const 1) (i32.const 0x12bffff))")),
    "table-loop": handler(
        "(table $t 90000 funcref)",
        looping(
            "(table.fill $t (i32.const 0) (ref.null func) (i32.const 90000))"
            "(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 89999))"
        ),
    ),
    "grow-loop": handler("(memory 1)", looping("(drop (memory.grow (i32.const 0)))")),
    "memory-steps": handler(
        "(memory 1)",
        "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))"
        "(drop (memory.grow (i32.const 65536))) (drop (memory.grow (i32.const -1))) unreachable",
    ),
    "memory64-steps": handler(
        "(memory i64 1)",
        "(drop (memory.grow (i64.const 0x1000000000000))) (drop (memory.grow (i64.const -1))) unreachable",
    ),
    "many-memories": handler(MEMORIES, ""),
    "table-steps": handler(
        "(table $t 1 funcref)",
        "(drop (table.grow $t (ref.null func) (i32.const -1)))"
        "(drop (table.grow $t (ref.null func) (i32.const 0x7fffffff))) unreachable",
    ),
    "table64-steps": handler(
        "(table $t i64 1 funcref)",
        "(drop (table.grow $t (ref.null func) (i64.const -1)))"
        "(drop (table.grow $t (ref.null func) (i64.const 0x1000000000000))) unreachable",
    ),
    "big-frames": handler(DEEPER, "(drop (call $deeper (i32.const 0)))"),
    "tail-call-trap": handler(
        "(func $last (param i32) unreachable) (func $next (param i32) (return_call $last (local.get 0)))",
        "(call $next (i32.const 1))",
    ),
    "gc-bomb": handler(
        "(type $list (struct (field (ref null $list)) (field i64)))",
        "(local $head (ref null $list))"
        + looping("(local.set $head (struct.new $list (local.get $head) (i64.const 1)))"),
    ),
    "gc-array": handler("(type $a (array (mut i64)))", "(drop (array.new_default $a (i32.const 0x1fffffff)))"),
    "exceptions": handler("(tag $e)", looping("(block $c (try_table (catch_all $c) (throw $e)))")),
}
