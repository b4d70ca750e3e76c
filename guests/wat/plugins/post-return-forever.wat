;; The result is there; what is to free it never comes back.
(component
  (core module $core
    (memory (export "memory") 1)
    (data (i32.const 0) "\08\00\00\00\04\00\00\00word")
    (func (export "word") (result i32) (i32.const 0))
    (func (export "free") (param i32) (loop $forever (br $forever))))
  (core instance $core (instantiate $core))
  (func (export "word") (result string)
    (canon lift (core func $core "word") (memory (core memory $core "memory")) (post-return (core func $core "free")))))
