;; Wants `alloc` with another type.
(module
  (import "extism:host/env" "alloc" (func (param i32) (result i32)))
  (func (export "run_test") (result i32) (i32.const 0)))
