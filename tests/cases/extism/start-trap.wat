;; Traps in its start.
(module
  (func $start (unreachable))
  (start $start)
  (func (export "run_test") (result i32) (i32.const 0)))
