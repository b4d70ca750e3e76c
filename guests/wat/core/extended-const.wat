;; A global computed by a constant expression; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (global $answer i32 (i32.mul (i32.const 6) (i32.const 7)))
  (func (export "_start") (call $exit (i32.ne (i32.const 42) (global.get $answer))))
)
