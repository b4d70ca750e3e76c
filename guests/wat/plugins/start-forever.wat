;; Instantiation never comes back: whoever limits calls only has no limit here.
(component
  (core module $core
    (func $start (loop $forever (br $forever)))
    (start $start)
    (func (export "run")))
  (core instance $core (instantiate $core))
  (func (export "run") (canon lift (core func $core "run"))))
