;; Imports from `circular-2`, which imports from this one.
(module
  (import "circular-2" "two" (func $two (result i32)))
  (func (export "one") (result i32) (i32.const 1))
  (func (export "run_test") (result i32) (call $two)))
