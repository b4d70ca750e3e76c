"""A guest that makes headers, requests and bodies of `wasi:http`, and misuses them: one function for each way."""

from tests.embed.doors import MEMORY, ROOM
from tests.hostile.wat import looping


def _type(name: str, of: str) -> str:
    return f'(type ${name}-of {of}) (export "{name}" (type ${name} (eq ${name}-of)))'


def _cases(*named: str) -> str:
    """Each is a name, with the type of its payload where it has one."""
    split = (case.partition(" ") for case in named)
    return "".join(f'(case "{name}" {payload})' for name, _, payload in split)


_ERRORS = _cases(
    "DNS-timeout",
    "DNS-error $DNS-error-payload",
    "destination-not-found",
    "destination-unavailable",
    "destination-IP-prohibited",
    "destination-IP-unroutable",
    "connection-refused",
    "connection-terminated",
    "connection-timeout",
    "connection-read-timeout",
    "connection-write-timeout",
    "connection-limit-reached",
    "TLS-protocol-error",
    "TLS-certificate-error",
    "TLS-alert-received $TLS-alert-received-payload",
    "HTTP-request-denied",
    "HTTP-request-length-required",
    "HTTP-request-body-size $o64",
    "HTTP-request-method-invalid",
    "HTTP-request-URI-invalid",
    "HTTP-request-URI-too-long",
    "HTTP-request-header-section-size $o32",
    "HTTP-request-header-size $o-field",
    "HTTP-request-trailer-section-size $o32",
    "HTTP-request-trailer-size $field-size-payload",
    "HTTP-response-incomplete",
    "HTTP-response-header-section-size $o32",
    "HTTP-response-header-size $field-size-payload",
    "HTTP-response-body-size $o64",
    "HTTP-response-trailer-section-size $o32",
    "HTTP-response-trailer-size $field-size-payload",
    "HTTP-response-transfer-coding $o-text",
    "HTTP-response-content-coding $o-text",
    "HTTP-response-timeout",
    "HTTP-upgrade-failed",
    "HTTP-protocol-error",
    "loop-detected",
    "configuration-error",
    "internal-error $o-text",
)
_TYPES = f"""
  (import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
  (alias export $errors "error" (type $io-error))
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (alias outer 1 $io-error (type $failed))
    {_type("stream-error", '(variant (case "last-operation-failed" (own $failed)) (case "closed"))')}
    (export "output-stream" (type $output (sub resource)))
    (export "[method]output-stream.blocking-write-and-flush" (func
      (param "self" (borrow $output)) (param "contents" (list u8)) (result (result (error $stream-error)))))))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:http/types@0.2.0" (instance $types
    (alias outer 1 $output (type $output)) (alias outer 1 $pollable (type $pollable))
    (type $o-text (option string)) (type $o8 (option u8)) (type $o16 (option u16)) (type $o32 (option u32))
    (type $o64 (option u64))
    {_type("DNS-error-payload", '(record (field "rcode" $o-text) (field "info-code" $o16))')}
    {_type("TLS-alert-received-payload", '(record (field "alert-id" $o8) (field "alert-message" $o-text))')}
    {_type("field-size-payload", '(record (field "field-name" $o-text) (field "field-size" $o32))')}
    (type $o-field (option $field-size-payload))
    {_type("error-code", f"(variant {_ERRORS})")}
    {_type("header-error", '(variant (case "invalid-syntax") (case "forbidden") (case "immutable"))')}
    (export "fields" (type $fields (sub resource)))
    (export "[constructor]fields" (func (result (own $fields))))
    (export "[method]fields.append" (func
      (param "self" (borrow $fields)) (param "name" string) (param "value" (list u8))
      (result (result (error $header-error)))))
    (export "outgoing-body" (type $body (sub resource)))
    (export "[method]outgoing-body.write" (func (param "self" (borrow $body)) (result (result (own $output)))))
    (export "[static]outgoing-body.finish" (func
      (param "this" (own $body)) (param "trailers" (option (own $fields))) (result (result (error $error-code)))))
    (export "outgoing-request" (type $request (sub resource)))
    (export "[constructor]outgoing-request" (func (param "headers" (own $fields)) (result (own $request))))
    (export "[method]outgoing-request.set-authority" (func
      (param "self" (borrow $request)) (param "authority" (option string)) (result (result))))
    (export "[method]outgoing-request.set-path-with-query" (func
      (param "self" (borrow $request)) (param "path-with-query" (option string)) (result (result))))
    {_type("scheme", '(variant (case "HTTP") (case "HTTPS") (case "other" string))')}
    (export "[method]outgoing-request.set-scheme" (func
      (param "self" (borrow $request)) (param "scheme" (option $scheme)) (result (result))))
    (export "[method]outgoing-request.body" (func (param "self" (borrow $request)) (result (result (own $body)))))
    (export "request-options" (type (sub resource)))
    (export "future-incoming-response" (type $future (sub resource)))
    (export "[method]future-incoming-response.subscribe" (func
      (param "self" (borrow $future)) (result (own $pollable))))))
  (alias export $types "error-code" (type $error-code))
  (alias export $types "header-error" (type $header-error))
  (alias export $types "outgoing-request" (type $request))
  (alias export $types "request-options" (type $options))
  (alias export $types "future-incoming-response" (type $future))
  (import "wasi:http/outgoing-handler@0.2.0" (instance $handler
    (alias outer 1 $request (type $request)) (alias outer 1 $options (type $options))
    (alias outer 1 $future (type $future)) (alias outer 1 $error-code (type $error))
    (export "handle" (func
      (param "request" (own $request)) (param "options" (option (own $options)))
      (result (result (own $future) (error $error)))))))
"""
_HOST = {
    "fields": ("$types", "[constructor]fields", "(result i32)"),
    "append": ("$types", "[method]fields.append", "(param i32 i32 i32 i32 i32 i32)"),
    "request": ("$types", "[constructor]outgoing-request", "(param i32) (result i32)"),
    "authority": ("$types", "[method]outgoing-request.set-authority", "(param i32 i32 i32 i32) (result i32)"),
    "path": ("$types", "[method]outgoing-request.set-path-with-query", "(param i32 i32 i32 i32) (result i32)"),
    "scheme": ("$types", "[method]outgoing-request.set-scheme", "(param i32 i32 i32 i32 i32) (result i32)"),
    "body": ("$types", "[method]outgoing-request.body", "(param i32 i32)"),
    "write": ("$types", "[method]outgoing-body.write", "(param i32 i32)"),
    "finish": ("$types", "[static]outgoing-body.finish", "(param i32 i32 i32 i32)"),
    "send": ("$streams", "[method]output-stream.blocking-write-and-flush", "(param i32 i32 i32 i32)"),
    "handle": ("$handler", "handle", "(param i32 i32 i32 i32)"),
    "subscribe": ("$types", "[method]future-incoming-response.subscribe", "(param i32) (result i32)"),
    "block": ("$poll", "[method]pollable.block", "(param i32)"),
}
_CORE = f"""
    (data (i32.const 64) "x-name") (data (i32.const 80) "content-length") (data (i32.const 96) "5/")
    (func $open (param $headers i32) (result i32)
      (call $body (call $request (local.get $headers)) (i32.const 0))
      (i32.load (i32.const 4)))
    (func $stream (param $of i32) (result i32)
      (call $write (local.get $of) (i32.const 0))
      (i32.load (i32.const 4)))
    (func (export "append") (param i32 i32 i32 i32) (result i32)
      (call $append (call $fields) (local.get 0) (local.get 1) (local.get 2) (local.get 3) (i32.const 16))
      (i32.const 16))
    (func (export "flood") (param $length i32) (local $to i32)
      (local.set $to (call $fields))
      (memory.fill (i32.const 8192) (i32.const 0x78) (i32.const 65536))
      (loop $more
        (call $append
          (local.get $to) (i32.const 64) (i32.const 6) (i32.const 8192) (local.get $length) (i32.const 0))
        (br $more)))
    (func (export "hoard") {looping("(drop (call $fields))")})
    (func (export "leak") {looping("(drop (call $stream (call $open (call $fields))))")})
    (func (export "endless") (local $to i32)
      (local.set $to (call $stream (call $open (call $fields))))
      {looping("(call $send (local.get $to) (i32.const 8192) (i32.const 4096) (i32.const 0))")})
    (func (export "announced") (param $bytes i32) (result i32) (local $headers i32) (local $of i32)
      (local.set $headers (call $fields))
      (call $append
        (local.get $headers) (i32.const 80) (i32.const 14) (i32.const 96) (i32.const 1) (i32.const 0))
      (local.set $of (call $open (local.get $headers)))
      (call $send (call $stream (local.get $of)) (i32.const 8192) (local.get $bytes) (i32.const 0))
      (i32.load8_u (i32.const 0)))
    (func (export "bodies") (result i32) (local $made i32)
      (local.set $made (call $request (call $fields)))
      (call $body (local.get $made) (i32.const 0))
      (call $body (local.get $made) (i32.const 16))
      (i32.load8_u (i32.const 16)))
    (func (export "twice") (local $made i32)
      (local.set $made (call $request (call $fields)))
      (call $handle (local.get $made) (i32.const 0) (i32.const 0) (i32.const 0))
      (call $handle (local.get $made) (i32.const 0) (i32.const 0) (i32.const 0)))
    (func (export "ask") (param $authority i32) (param $length i32) (local $made i32)
      (local.set $made (call $request (call $fields)))
      (drop (call $scheme (local.get $made) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
      (drop (call $authority (local.get $made) (i32.const 1) (local.get $authority) (local.get $length)))
      (drop (call $path (local.get $made) (i32.const 1) (i32.const 97) (i32.const 1)))
      (call $handle (local.get $made) (i32.const 0) (i32.const 0) (i32.const 0))
      (if (i32.load8_u (i32.const 0)) (then return))
      (call $block (call $subscribe (i32.load (i32.const 8)))))
    (func (export "drop-finished") (local $of i32)
      (local.set $of (call $open (call $fields)))
      (call $finish (local.get $of) (i32.const 0) (i32.const 0) (i32.const 0))
      (call $finish (local.get $of) (i32.const 0) (i32.const 0) (i32.const 0)))
"""
_EXPORTS = {
    "append": '(param "name" string) (param "value" (list u8)) (result (result (error $header-error)))',
    "flood": '(param "length" u32)',
    "hoard": "",
    "leak": "",
    "endless": "",
    "announced": '(param "bytes" u32) (result u32)',
    "bodies": "(result u32)",
    "twice": "",
    "ask": '(param "authority" string)',
    "drop-finished": "",
}
GUEST = f"""(component {_TYPES} {ROOM}
  {"".join(f'(core func ${name} (canon lower (func {of} "{full}") {MEMORY}))' for name, (of, full, _) in _HOST.items())}
  (core module $core
    (import "room" "memory" (memory 1))
    {"".join(f'(import "host" "{name}" (func ${name} {flat}))' for name, (_, _, flat) in _HOST.items())}
    {_CORE})
  (core instance $core (instantiate $core (with "room" (instance $room))
    (with "host" (instance {"".join(f'(export "{name}" (func ${name}))' for name in _HOST)}))))
  {
    "".join(
        f'(func (export "{name}") {typed} (canon lift (core func $core "{name}") {MEMORY}))'
        for name, typed in _EXPORTS.items()
    )
})""".encode()
"""`announced` says that five bytes come and sends some; `bodies` asks for two of one request; 1 stands for an error.

`ask` sends a request to an authority and waits for what becomes of it."""
