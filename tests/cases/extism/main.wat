;; Links with `lib`: answers "Hello, " and the input in capitals. `only_lib` is the library's to export, not this one's.
(module
  (import "lib" "capitalize" (func $capitalize (param i64) (result i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "length" (func $length (param i64) (result i64)))
  (import "extism:host/env" "load_u8" (func $load (param i64) (result i32)))
  (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
  (import "extism:host/env" "store_u64" (func $store_8 (param i64 i64)))
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))

  (func (export "run_test") (result i32) (local $from i64) (local $to i64) (local $at i64)
    (local.set $from (call $capitalize (call $input)))
    (local.set $to (call $alloc (i64.add (call $length (local.get $from)) (i64.const 8))))
    (call $store_8 (local.get $to) (i64.const 0x202c6f6c6c6548))
    (block $done
      (loop $bytes
        (br_if $done (i64.ge_u (local.get $at) (call $length (local.get $from))))
        (call $store
          (i64.add (i64.add (local.get $to) (i64.const 7)) (local.get $at))
          (call $load (i64.add (local.get $from) (local.get $at))))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br $bytes)))
    (call $output (local.get $to) (i64.add (call $length (local.get $from)) (i64.const 7)))
    (i32.const 0)))
