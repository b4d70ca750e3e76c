;; A command that another module is linked with: what is it, once or anew for each call?
(module
  (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
  (import "extism:host/user" "hello" (func))
  (global $starts (mut i32) (i32.const 0))
  (func $start (export "_start") (global.set $starts (i32.add (global.get $starts) (i32.const 1))))
  (func (export "starts") (result i32) (global.get $starts))
  (start $start))
