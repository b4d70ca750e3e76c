;; Sets an error and writes over what may be its block's header, so that it seems to have 4 GiB.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
  (import "extism:host/env" "error_set" (func $error (param i64)))
  (func (export "run_test") (result i32) (local $block i64)
    (local.set $block (call $alloc (i64.const 64)))
    (call $store (i64.sub (local.get $block) (i64.const 16)) (i64.const -1))
    (call $store (i64.sub (local.get $block) (i64.const 8)) (i64.const -1))
    (call $error (local.get $block))
    (i32.const 1)))
