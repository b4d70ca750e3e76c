;; Relaxed SIMD; ends with 0 where it gives what it should, else with 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (call $exit (i32.ne (i32.const 7)
      (i8x16.extract_lane_u 3 (i8x16.relaxed_swizzle (v128.const i8x16 7 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0) (v128.const i64x2 0 0))))))
)
