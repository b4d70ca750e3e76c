"""Guests whose values claim, repeat or nest more than there is, on their way to the host."""

from tests.embed.wat import component

MEMORY = '(memory (core memory $core "memory"))'
SHARED = """
  (local $at i32)
  (loop $more
    (i32.store (local.get $at) (i32.const 0x80000)) (i32.store offset=4 (local.get $at) (i32.const 0x80000))
    (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 2048))))"""
"""From address 0: 256 strings that are all the same 512 KiB."""


def giving(kind: str, address: int = 0, length: int = 1 << 28, *, before: str = "", pages: int = 17) -> bytes:
    """Exports `run`, whose result of that type lies at this address and is said to be so long."""
    body = (
        f"{before} (i32.store (i32.const 4096) (i32.const {address}))"
        f" (i32.store (i32.const 4100) (i32.const {length})) (i32.const 4096)"
    )
    return component(
        f'(memory (export "memory") {pages}) (func (export "run") (result i32) {body})',
        f'(func (export "run") (result {kind}) (canon lift (core func $core "run") {MEMORY}))',
    )


NESTED = """
  (local $at i32)
  (loop $more
    (i32.store (local.get $at) (i32.const 0)) (i32.store offset=4 (local.get $at) (i32.const 256))
    (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 2048))))"""
"""From address 0: 256 lists that are all this list."""

RESULTS: dict[str, tuple[bytes, str]] = {
    "bytes that are not there": (giving("(list u8)"), "guest-trapped"),
    "bytes from the end of the memory": (giving("(list u8)", 17 << 16, 1), "guest-trapped"),
    "text that is not there": (giving("string"), "guest-trapped"),
    "text that wraps around": (giving("string", -16, 32), "guest-trapped"),
    "text that is none": (
        giving("string", 0, 2, before="(i32.store16 (i32.const 0) (i32.const 0xfeff))"),
        "guest-trapped",
    ),
    "strings that are not there": (giving("(list string)"), "guest-trapped|limit-host-call-bytes"),
    "small items of large values": (giving("(list bool)", 0, 1_000_000), "limit-host-call-bytes"),
    "strings that are one": (giving("(list string)", 0, 256, before=SHARED), "limit-host-call-bytes"),
    "lists that hold themselves": (
        giving("(list (list (list (list u8))))", 0, 256, before=NESTED),
        "limit-host-call-bytes",
    ),
    "more bytes than may cross": (giving("(list u8)", 0, (1 << 20) + 1), "limit-host-call-bytes"),
}
"""The guest, and the codes that its call may end with."""


def telling(body: str) -> bytes:
    """Exports `run`, which hands the host's `tell` what the body says: an address and the number of strings there."""
    return f"""(component
      (import "acme:bell/ear" (instance $ear (export "tell" (func (param "words" (list string))))))
      (core module $room (memory (export "memory") 17))
      (core instance $room (instantiate $room))
      (core func $tell (canon lower (func $ear "tell") (memory (core memory $room "memory"))))
      (core module $core
        (import "room" "memory" (memory 1))
        (import "ear" "tell" (func $tell (param i32 i32)))
        (func (export "run") {body}))
      (core instance $core (instantiate $core (with "room" (instance $room))
        (with "ear" (instance (export "tell" (func $tell))))))
      (func (export "run") (canon lift (core func $core "run"))))""".encode()


TOLD: dict[str, tuple[bytes, str]] = {
    "strings that are not there": (
        telling("(call $tell (i32.const 0) (i32.const 0x10000000))"),
        "guest-trapped|limit-host-call-bytes",
    ),
    "strings that are one": (
        telling(f"{SHARED} (call $tell (i32.const 0) (i32.const 256))"),
        "limit-host-call-bytes",
    ),
    "again and again": (
        telling("(loop $more (call $tell (i32.const 0) (i32.const 1000)) (br $more))"),
        "limit-cpu|limit-deadline",
    ),
}


def sending(kind: str, body: str, count: int) -> bytes:
    """Exports `run` of WASI 0.3, whose stream is sent so many items, which the body has put at address 0."""
    return f"""(component
      (core module $room (memory (export "memory") 17))
      (core instance $room (instantiate $room))
      (type $stream (stream {kind}))
      (core func $new (canon stream.new $stream))
      (core func $write (canon stream.write $stream async (memory (core memory $room "memory"))))
      (core func $give (canon task.return (result $stream)))
      (core module $core
        (import "room" "memory" (memory 1))
        (import "host" "new" (func $new (result i64)))
        (import "host" "write" (func $write (param i32 i32 i32) (result i32)))
        (import "host" "give" (func $give (param i32)))
        (func $prepare {body})
        (func (export "run") (result i32) (local $ends i64)
          (call $prepare)
          (local.set $ends (call $new))
          (call $give (i32.wrap_i64 (local.get $ends)))
          (drop (call $write
            (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32))) (i32.const 0) (i32.const {count})))
          (i32.const 1))
        (func (export "after") (param i32 i32 i32) (result i32) (i32.const 1)))
      (core instance $core (instantiate $core (with "room" (instance $room))
        (with "host" (instance
          (export "new" (func $new)) (export "write" (func $write)) (export "give" (func $give))))))
      (func (export "run") async (result $stream)
        (canon lift (core func $core "run") async (callback (core func $core "after")))))""".encode()


STREAMS: dict[str, bytes] = {
    "bytes that are not there": sending("u8", "", (1 << 28) - 1),
    "strings that are not there": sending("string", "", (1 << 28) - 1),
    "strings that are one": sending("string", SHARED, 256),
    "lists that hold themselves": sending("(list (list (list u8)))", NESTED, 256),
}


def module(result: str, body: str) -> bytes:
    """A core module whose `run` gives this."""
    return f"""(module (memory (export "memory") 17)
      (func (export "run") (result {result}) {body}))""".encode()


def allocating(body: str, result: str = "i32") -> bytes:
    """A core module whose allocator does this."""
    return f"""(module (memory (export "memory") 1)
      (func (export "alloc") (param i32) (result {result}) {body})
      (func (export "run") (param i32 i32)))""".encode()


PLACES: dict[str, bytes] = {
    "a place beyond the memory": module("i64", "(i64.const 0x0011000000000001)"),
    "a length beyond the memory": module("i64", "(i64.const 0xffffffff)"),
    "a place and a length that wrap around": module("i32 i32", "(i32.const -1) (i32.const -1)"),
    "no place": module("f64", "(f64.const 1)"),
    "three numbers": module("i32 i32 i32", "(i32.const 0) (i32.const 1) (i32.const 2)"),
}
ALLOCATORS: dict[str, bytes] = {
    "nothing": allocating("(i32.const 0)"),
    "a place beyond the memory": allocating("(i32.const -1)"),
    "the end of the memory": allocating("(i32.const 65535)"),
    "no address": allocating("(f32.const 1)", "f32"),
    "a trap": allocating("unreachable"),
    "a place of 64 bits": allocating("(i64.const -8)", "i64"),
}
