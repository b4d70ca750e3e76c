;; Sets an output that begins in a block and ends far behind the memory.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (func (export "run_test") (result i32) (local $block i64)
    (call $output (call $alloc (i64.const 64)) (i64.const 0x7fffffff))
    (i32.const 0)))
