;; Imports from `circular-1`, which imports from this one.
(module
  (import "circular-1" "one" (func $one (result i32)))
  (func (export "two") (result i32) (call $one)))
