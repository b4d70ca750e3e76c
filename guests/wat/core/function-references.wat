;; A call through a typed function reference; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (type $number (func (result i32)))
  (elem declare func $nothing)
  (func $nothing (type $number) (i32.const 0))
  (func (export "_start") (call $exit (call_ref $number (ref.func $nothing))))
)
