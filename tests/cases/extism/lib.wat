;; A module that another one is linked with: `capitalize` takes a block and gives a new one in capitals.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load (param i64) (result i32)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))

  (func (export "capitalize") (param $from i64) (result i64) (local $to i64) (local $at i64) (local $byte i32)
    (local.set $to (call $alloc (call $length (local.get $from))))
    (block $done
      (loop $bytes
        (br_if $done (i64.ge_u (local.get $at) (call $length (local.get $from))))
        (local.set $byte (call $load (i64.add (local.get $from) (local.get $at))))
        (if (i32.lt_u (i32.sub (local.get $byte) (i32.const 97)) (i32.const 26))
          (then (local.set $byte (i32.sub (local.get $byte) (i32.const 32)))))
        (call $store (i64.add (local.get $to) (local.get $at)) (local.get $byte))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $bytes)))
    (local.get $to)))
