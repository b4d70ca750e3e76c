;; The door to functions: a request as an older Spin hands it over, on to the object of Python that knows the functions.
(component
  (import "fermyon:spin/http-types" (instance $types
    (type $method (enum "get" "post" "put" "delete" "patch" "head" "options"))
    (export "method" (type $m (eq $method)))
    (type $pairs (list (tuple string string)))
    (type $body (list u8))
    (type $request (record (field "method" $m) (field "uri" string) (field "headers" $pairs) (field "params" $pairs) (field "body" (option $body))))
    (export "request" (type (eq $request)))
    (type $response (record (field "status" u16) (field "headers" (option $pairs)) (field "body" (option $body))))
    (export "response" (type (eq $response)))))
  (import "atoll:serverless/gateway" (instance $gateway
    (export "answer" (func
      (param "method" u8) (param "uri" string) (param "headers" (list (tuple string string))) (param "body" (list u8))
      (result (tuple u16 (list (tuple string string)) (list u8)))))))
  (alias export $types "request" (type $request))
  (alias export $types "response" (type $response))

  (core module $memory
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 64))
    (func (export "realloc") (param $old i32) (param $used i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local $missing i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (local.set $missing (i32.sub
        (i32.shr_u (i32.add (global.get $top) (i32.const 65535)) (i32.const 16))
        (memory.size)))
      (if (i32.gt_s (local.get $missing) (i32.const 0))
        (then (if (i32.lt_s (memory.grow (local.get $missing)) (i32.const 0)) (then (unreachable)))))
      (if (local.get $used)
        (then (memory.copy (local.get $at) (local.get $old) (local.get $used))))
      (local.get $at)))
  (core instance $held (instantiate $memory))
  (alias core export $held "memory" (core memory $bytes))
  (alias core export $held "realloc" (core func $realloc))
  (core func $answer (canon lower (func $gateway "answer") (memory $bytes) (realloc $realloc)))

  (core module $code
    (import "held" "memory" (memory 1))
    (import "gateway" "answer" (func $answer (param i32 i32 i32 i32 i32 i32 i32 i32)))
    ;; 0: status, headers, body of the answer; 24: the same as a response.
    (func (export "handle-request")
      (param $method i32) (param $uri i32) (param $uri-bytes i32) (param $headers i32) (param $header-count i32)
      (param i32 i32) (param $has-body i32) (param $body i32) (param $body-bytes i32) (result i32)
      (call $answer (local.get $method) (local.get $uri) (local.get $uri-bytes)
        (local.get $headers) (local.get $header-count)
        (select (local.get $body) (i32.const 0) (local.get $has-body))
        (select (local.get $body-bytes) (i32.const 0) (local.get $has-body))
        (i32.const 0))
      (i32.store16 (i32.const 24) (i32.load16_u (i32.const 0)))
      (i32.store8 (i32.const 28) (i32.const 1))
      (i64.store align=4 (i32.const 32) (i64.load align=4 (i32.const 4)))
      (i32.store8 (i32.const 40) (i32.const 1))
      (i64.store align=4 (i32.const 44) (i64.load align=4 (i32.const 12)))
      (i32.const 24)))
  (core instance $done (instantiate $code
    (with "held" (instance $held))
    (with "gateway" (instance (export "answer" (func $answer))))))
  (func $handle (param "req" $request) (result $response)
    (canon lift (core func $done "handle-request") (memory $bytes) (realloc $realloc)))
  (instance $inbound (export "handle-request" (func $handle)))
  (export "fermyon:spin/inbound-http" (instance $inbound)))
