;; Wants 1 GiB before it does anything.
(component
  (core module $core
    (memory 16384)
    (func (export "run")))
  (core instance $core (instantiate $core))
  (func (export "run") (canon lift (core func $core "run"))))
