;; Two ways to be called over HTTP; which one is meant is not said.
(component
  (instance $empty)
  (export "wasi:http/incoming-handler@0.2.0" (instance $empty))
  (export "fermyon:spin/inbound-http" (instance $empty)))
