;; 128-bit addition; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (local $low i64) (local $high i64)
    (i64.add128 (i64.const -1) (i64.const 0) (i64.const 1) (i64.const 0))
    (local.set $high) (local.set $low)
    (call $exit (i64.ne (i64.const 1) (local.get $high))))
)
