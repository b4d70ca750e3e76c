;; A garbage collected struct, made often enough to be collected; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (type $cell (struct (field $value i32) (field $next (ref null $cell))))
  (func (export "_start")
    (local $left i32) (local $cell (ref null $cell))
    (local.set $left (i32.const 1000000))
    (loop $more
      (local.set $cell (struct.new $cell (local.get $left) (ref.null $cell)))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $exit (i32.ne (i32.const 1) (struct.get $cell $value (local.get $cell)))))
)
