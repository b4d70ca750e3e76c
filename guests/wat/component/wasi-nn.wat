;; Makes a tensor for inference, of more bytes than there are.
(component
  (import "wasi:nn/tensor@0.2.0-rc-2024-10-28" (instance $nn
    (export "tensor" (type $tensor (sub resource)))
    (export "[static]tensor.load" (func (param "bytes" u64) (result (own $tensor))))))
  (core func $load (canon lower (func $nn "[static]tensor.load")))
  (core module $code
    (import "nn" "load" (func $load (param i64) (result i32)))
    (func (export "run") (result i32) (drop (call $load (i64.const -1))) (i32.const 0)))
  (core instance $code (instantiate $code (with "nn" (instance (export "load" (func $load))))))
  (func $run (result (result)) (canon lift (core func $code "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $command)))
