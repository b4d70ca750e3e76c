;; Wants a host function that nobody gives.
(module
  (import "extism:host/user" "nobody" (func (param i64) (result i64)))
  (func (export "run_test") (result i32) (i32.const 0)))
