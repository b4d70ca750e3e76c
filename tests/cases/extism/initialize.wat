;; Says which of its beginnings run, 1 start and 2 `_initialize`, then 7; all that was said is the call's code.
(module
  (import "journal" "say" (func $say (param i32)))
  (import "journal" "order" (func $order (result i32)))
  (func $start (call $say (i32.const 1)))
  (start $start)
  (func (export "_initialize") (call $say (i32.const 2)))
  (func (export "run_test") (result i32) (call $say (i32.const 7)) (call $order)))
