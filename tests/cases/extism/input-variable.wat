;; Sets a variable to its input, which is its name as well.
(module
  (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
  (import "extism:host/env" "input_offset" (func $input (result i64)))
  (func (export "run_test") (result i32) (call $var_set (call $input) (call $input)) (i32.const 0)))
