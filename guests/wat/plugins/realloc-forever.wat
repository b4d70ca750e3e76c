;; The host wants room for an argument; the allocator never comes back.
(component
  (core module $core
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (loop $forever (br $forever)) unreachable)
    (func (export "length") (param i32 i32) (result i32) (local.get 1)))
  (core instance $core (instantiate $core))
  (func (export "length") (param "text" string) (result u32)
    (canon lift (core func $core "length") (memory (core memory $core "memory")) (realloc (core func $core "realloc")))))
