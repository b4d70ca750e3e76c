;; Sets an output whose end is past all 64 bits.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "output_set" (func $output (param i64 i64)))
  (func (export "run_test") (result i32) (local $block i64)
    (call $output (call $alloc (i64.const 64)) (i64.const -100))
    (i32.const 0)))
