;; Exports a function, but no world that is known.
(component
  (core module $code (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core instance $code (instantiate $code))
  (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $code "add")))
  (instance $api (export "add" (func $add)))
  (export "example:arithmetic/add@1.0.0" (instance $api)))
