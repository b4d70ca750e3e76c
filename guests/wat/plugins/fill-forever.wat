;; Fills 19 MB again and again: the loop's own step is rare, so it must be a limit that reaches into the filling.
(component
  (core module $core
    (memory 300)
    (func (export "run")
      (loop $forever
        (memory.fill (i32.const 0) (i32.const 1) (i32.const 0x12c0000))
        (br $forever))))
  (core instance $core (instantiate $core))
  (func (export "run") (canon lift (core func $core "run"))))
