;; Has 4 pages of memory from the start; `grow` grows by 1, `kernel` takes 65000 bytes of the kernel's memory. Both
;; answer in code: 0 where they were given it, 1 where not.
(module
  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (memory 4)
  (func (export "run_test") (result i32) (i32.const 0))
  (func (export "grow") (result i32) (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
  (func (export "kernel") (result i32) (i64.eqz (call $alloc (i64.const 65000)))))
