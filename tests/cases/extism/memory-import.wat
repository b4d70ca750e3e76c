;; Wants the kernel's memory itself.
(module
  (import "extism:host/env" "memory" (memory 1))
  (func (export "run_test") (result i32) (i32.const 0)))
