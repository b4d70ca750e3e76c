;; The right name, the wrong type: handle takes a number.
(component
  (core module $code (func (export "handle") (param i32)))
  (core instance $code (instantiate $code))
  (func $handle (param "request" u32) (canon lift (core func $code "handle")))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:http/incoming-handler@0.2.12" (instance $handler)))
