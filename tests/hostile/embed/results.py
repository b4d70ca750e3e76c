"""Functions of asynchronous worlds that give their result twice, never, too late, or something else."""

from tests.hostile.embed.ways import SAID


def _giving(body: str, after: str = "(i32.const 0)") -> bytes:
    """A component whose function `run` of WASI 0.3 does this; `$give` takes its result."""
    return f"""(component
  (core func $give (canon task.return (result u32)))
  (core module $core
    (import "host" "give" (func $give (param i32)))
    (func (export "run") (result i32) {body})
    (func (export "after") (param i32 i32 i32) (result i32) {after}))
  (core instance $core (instantiate $core (with "host" (instance (export "give" (func $give))))))
  (func (export "run") async (result u32)
    (canon lift (core func $core "run") async (callback (core func $core "after")))))""".encode()


_LOOP = "(loop $forever (br $forever))"
RESULTS: dict[str, tuple[bytes, str, str]] = {
    "twice": (
        _giving("(call $give (i32.const 1)) (call $give (i32.const 2)) (i32.const 0)"),
        "guest-trapped",
        "task.return",
    ),
    "never": (_giving("(i32.const 0)"), "guest-trapped", "the guest trapped: "),
    "never, and it waits": (_giving("(i32.const 1)", "(i32.const 1)"), "limit-cpu", SAID["limit-cpu"]),
    "not before a trap": (_giving("unreachable"), "guest-trapped", "unreachable"),
    "not before it computes for ever": (_giving(f"{_LOOP} unreachable"), "limit-cpu", SAID["limit-cpu"]),
    "of no kind": (_giving("(i32.const 77)"), "guest-trapped", "the guest trapped: "),
}
"""The guest, the code that its call ends with, and what is said."""
AFTER_A_TRAP = _giving("(call $give (i32.const 1)) unreachable")
"""Gives its result, and traps."""
