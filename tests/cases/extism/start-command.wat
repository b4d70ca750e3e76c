;; A command, `_start`, counts; `run_test` answers in code with how often it ran in this instance, and 10.
(module
  (global $runs (mut i32) (i32.const 10))
  (func (export "_start") (global.set $runs (i32.add (global.get $runs) (i32.const 1))))
  (func (export "run_test") (result i32) (global.get $runs)))
