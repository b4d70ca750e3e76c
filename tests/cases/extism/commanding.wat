;; Calls a command four times, and then asks how often it has started.
(module
  (import "commander" "_start" (func $start))
  (import "commander" "starts" (func $starts (result i32)))
  (import "extism:host/user" "hello" (func $hello))
  (func (export "run_test") (result i32)
    (call $start) (call $start) (call $start) (call $start)
    (call $hello)
    (call $starts)))
