;; Never gets past its start.
(module
  (func $start (loop $again (br $again)))
  (start $start)
  (func (export "run_test") (result i32) (i32.const 0)))
