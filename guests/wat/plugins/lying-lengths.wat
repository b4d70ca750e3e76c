;; Says that its result has 2^28 strings, and has none: room for them is not made before they are seen.
(component
  (core module $core
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\00\00\00\10")
    (func (export "words") (result i32) (i32.const 0)))
  (core instance $core (instantiate $core))
  (func (export "words") (result (list string))
    (canon lift (core func $core "words") (memory (core memory $core "memory")))))
