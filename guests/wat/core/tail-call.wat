;; A million tail calls in one stack frame; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func $count (param $left i32) (result i32)
    (if (i32.eqz (local.get $left)) (then (return (i32.const 0))))
    (return_call $count (i32.sub (local.get $left) (i32.const 1))))
  (func (export "_start") (call $exit (call $count (i32.const 1000000))))
)
