;; Needs an interface that nobody provides.
(component
  (import "example:teleport/beam@1.0.0" (instance $beam (export "up" (func))))
  (core func $up (canon lower (func $beam "up")))
  (core module $code (import "beam" "up" (func $up)) (func (export "run") (result i32) (call $up) (i32.const 0)))
  (core instance $code (instantiate $code (with "beam" (instance (export "up" (func $up))))))
  (func $run (result (result)) (canon lift (core func $code "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $command)))
