"""Guests that ask their host for ever, and never wait: it always answers at once."""

from tests.embed.doors import MEMORY, ROOM
from tests.embed.wat import ringing
from tests.hostile.wat import looping

_PREVIEW_1 = {
    "clock_time_get": ("i32 i64 i32", "(i32.const 1) (i64.const 0) (i32.const 64)"),
    "random_get": ("i32 i32", "(i32.const 1024) (i32.const 4096)"),
    "fd_write": ("i32 i32 i32 i32", "(i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)"),
    "sched_yield": ("", ""),
}


def preview_1(name: str) -> bytes:
    """A core module that calls this function of WASI preview 1."""
    parameters, arguments = _PREVIEW_1[name]
    return f"""(module
      (import "wasi_snapshot_preview1" "{name}" (func $ask (param {parameters}) (result i32)))
      (memory (export "memory") 2)
      (data (i32.const 0) "\\00\\04\\00\\00\\00\\04\\00\\00") (data (i32.const 1024) "{"x" * 1023}\\0a")
      (func (export "run") {looping(f"(drop (call $ask {arguments}))")}))""".encode()


def preview_2(interface: str, name: str) -> bytes:
    """A component that calls this function of WASI, which takes nothing and gives a u64."""
    return f"""(component
      (import "{interface}" (instance $host (export "{name}" (func (result u64)))))
      (core func $ask (canon lower (func $host "{name}")))
      (core module $core
        (import "host" "ask" (func $ask (result i64)))
        (func (export "run") {looping("(drop (call $ask))")}))
      (core instance $core (instantiate $core (with "host" (instance (export "ask" (func $ask))))))
      (func (export "run") (canon lift (core func $core "run"))))""".encode()


KEY_VALUE = f"""(component
  (import "fermyon:spin/key-value" (instance $host
    (type $of (variant (case "store-table-full") (case "no-such-store") (case "access-denied") (case "invalid-store")
      (case "no-such-key") (case "io" string)))
    (export "error" (type $error (eq $of)))
    (export "open" (func (param "name" string) (result (result u32 (error $error)))))
    (export "get" (func (param "store" u32) (param "key" string) (result (result (list u8) (error $error)))))))
  {ROOM}
  (core func $open (canon lower (func $host "open") {MEMORY}))
  (core func $get (canon lower (func $host "get") {MEMORY}))
  (core module $core
    (import "room" "memory" (memory 1))
    (import "host" "open" (func $open (param i32 i32 i32)))
    (import "host" "get" (func $get (param i32 i32 i32 i32)))
    (data (i32.const 64) "default")
    (func (export "run")
      (call $open (i32.const 64) (i32.const 7) (i32.const 16))
      {looping("(call $get (i32.load (i32.const 20)) (i32.const 64) (i32.const 7) (i32.const 32))")}))
  (core instance $core (instantiate $core
    (with "room" (instance $room))
    (with "host" (instance (export "open" (func $open)) (export "get" (func $get))))))
  (func (export "run") (canon lift (core func $core "run"))))""".encode()

RING = ringing(looping("(call $ring)"))
"""A component that calls its host's `ring` of `acme:bell/bell`."""

MODULE_RING = f"""(module
  (import "env" "ring" (func $ring)) (func (export "run") {looping("(call $ring)")}))""".encode()
"""The same as a core module, whose host is `env`."""
