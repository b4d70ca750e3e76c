;; The same with 2 `_initialize`, 3 `__wasm_call_ctors` and 4 `hs_init`, which takes two numbers.
(module
  (import "journal" "say" (func $say (param i32)))
  (import "journal" "order" (func $order (result i32)))
  (func (export "_initialize") (call $say (i32.const 2)))
  (func (export "__wasm_call_ctors") (call $say (i32.const 3)))
  (func (export "hs_init") (param i32 i32) (call $say (i32.const 4)))
  (func (export "run_test") (result i32) (call $say (i32.const 7)) (call $order)))
