;; Two memories, copied between; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (memory $other 1)
  (data (memory $other) (i32.const 0) "B")
  (func (export "_start")
    (memory.copy 0 $other (i32.const 9) (i32.const 0) (i32.const 1))
    (call $exit (i32.ne (i32.const 0x42) (i32.load8_u (i32.const 9)))))
)
