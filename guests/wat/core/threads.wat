;; Atomic operations on a shared memory; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (memory $shared 1 1 shared)
  (func (export "_start")
    (drop (i32.atomic.rmw.add $shared (i32.const 0) (i32.const 5)))
    (call $exit (i32.ne (i32.const 5) (i32.atomic.load $shared (i32.const 0)))))
)
