;; Wants something of a module that is not there.
(module
  (import "nowhere" "nothing" (func))
  (func (export "run_test") (result i32) (i32.const 0)))
