;; Calls a host function and the host's own functions before it is called itself.
(module
  (import "extism:host/user" "tick" (func $tick (param i64)))
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "config_get" (func $config (param i64) (result i64)))
  (func $start
    (call $tick (i64.const 1))
    (drop (call $config (call $alloc (i64.const 8)))))
  (start $start)
  (func (export "run_test") (result i32) (call $tick (i64.const 7)) (i32.const 0)))
