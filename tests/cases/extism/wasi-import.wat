;; Wants preview 1.
(module
  (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
  (func (export "run_test") (result i32) (call $yield)))
