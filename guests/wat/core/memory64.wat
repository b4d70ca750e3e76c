;; A second memory with 64-bit addresses; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (memory $wide i64 1)
  (func (export "_start")
    (i64.store $wide (i64.const 8) (i64.const 42))
    (call $exit (i64.ne (i64.const 42) (i64.load $wide (i64.const 8)))))
)
