;; The same with 2 `_initialize` and 3 `__wasm_call_ctors`.
(module
  (import "journal" "say" (func $say (param i32)))
  (import "journal" "order" (func $order (result i32)))
  (func (export "_initialize") (call $say (i32.const 2)))
  (func (export "__wasm_call_ctors") (call $say (i32.const 3)))
  (func (export "run_test") (result i32) (call $say (i32.const 7)) (call $order)))
