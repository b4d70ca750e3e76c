;; An exception thrown and caught; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (tag $oops (param i32))
  (func $throws (throw $oops (i32.const 41)))
  (func (export "_start")
    (call $exit (i32.ne (i32.const 41)
      (block $caught (result i32)
        (try_table (catch $oops $caught) (call $throws))
        (i32.const 0)))))
)
