;; A memory of 100 bytes, in pages of one byte; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (memory $small 100 100 (pagesize 1))
  (func (export "_start")
    (i32.store8 $small (i32.const 99) (i32.const 3))
    (call $exit (i32.ne (i32.const 103) (i32.add (i32.load8_u $small (i32.const 99)) (memory.size $small)))))
)
