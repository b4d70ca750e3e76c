;; The same with an `_initialize` that takes a number, and so is none.
(module
  (import "journal" "say" (func $say (param i32)))
  (import "journal" "order" (func $order (result i32)))
  (func (export "_initialize") (param i32) (call $say (i32.const 2)))
  (func (export "run_test") (result i32) (call $say (i32.const 7)) (call $order)))
