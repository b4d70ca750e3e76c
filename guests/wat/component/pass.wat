;; Hands each request on to whoever answers the interface that it exports itself.
(component
  (import "wasi:http/types@0.2.12" (instance $types
    (export "incoming-request" (type (sub resource)))
    (export "response-outparam" (type (sub resource)))))
  (alias export $types "incoming-request" (type $request))
  (alias export $types "response-outparam" (type $outparam))
  (import "wasi:http/incoming-handler@0.2.12" (instance $handler
    (alias outer 1 $request (type $r))
    (alias outer 1 $outparam (type $o))
    (export "incoming-request" (type $request (eq $r)))
    (export "response-outparam" (type $outparam (eq $o)))
    (export "handle" (func (param "request" (own $request)) (param "response-out" (own $outparam))))))
  (export "wasi:http/incoming-handler@0.2.12" (instance $handler)))
