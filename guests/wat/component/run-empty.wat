;; A command that has a memory, does nothing and says that all went well: what is left is the sandbox itself.
(component
  (core module $module
    (memory 1)
    (data (i32.const 0) "something to begin with")
    (func (export "run") (result i32) (i32.const 0)))
  (core instance $instance (instantiate $module))
  (func $run (result (result)) (canon lift (core func $instance "run")))
  (instance $commands (export "run" (func $run)))
  (export "wasi:cli/run@0.2.12" (instance $commands)))
