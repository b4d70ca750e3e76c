"""Components that reach files and addresses through WASI: each call is a chain of the interfaces' own."""

from tests.embed.doors import MEMORY, ROOM

_FILE_ERRORS = (
    "access would-block already bad-descriptor busy deadlock quota exist file-too-large illegal-byte-sequence "
    "in-progress interrupted invalid io is-directory loop too-many-links message-size name-too-long no-device no-entry "
    "no-lock insufficient-memory insufficient-space not-directory not-empty not-recoverable unsupported no-tty "
    "no-such-device overflow not-permitted pipe read-only invalid-seek text-file-busy cross-device"
)
_SOCKET_ERRORS = (
    "unknown access-denied not-supported invalid-argument out-of-memory timeout concurrency-conflict not-in-progress "
    "would-block invalid-state new-socket-limit address-not-bindable address-in-use remote-unreachable "
    "connection-refused connection-reset connection-aborted datagram-too-large name-unresolvable "
    "temporary-resolver-failure permanent-resolver-failure"
)


def _enum(names: str) -> str:
    return f"(enum {' '.join(f'{chr(34)}{name}{chr(34)}' for name in names.split())})"


def _type(name: str, of: str) -> str:
    return f'(type ${name}-of {of}) (export "{name}" (type ${name} (eq ${name}-of)))'


# `directories` are those that were granted; `read` and `write` take the number of one and a path in it.
FILES = f"""(component
  (import "wasi:filesystem/types@0.2.0" (instance $types
    (export "descriptor" (type $descriptor (sub resource)))
    {_type("error-code", _enum(_FILE_ERRORS))}
    {
    _type(
        "descriptor-flags",
        '(flags "read" "write" "file-integrity-sync" "data-integrity-sync" "requested-write-sync" "mutate-directory")',
    )
}
    {_type("path-flags", '(flags "symlink-follow")')}
    {_type("open-flags", '(flags "create" "directory" "exclusive" "truncate")')}
    (export "[method]descriptor.open-at" (func
      (param "self" (borrow $descriptor)) (param "path-flags" $path-flags) (param "path" string)
      (param "open-flags" $open-flags) (param "flags" $descriptor-flags)
      (result (result (own $descriptor) (error $error-code)))))
    (export "[method]descriptor.read" (func
      (param "self" (borrow $descriptor)) (param "length" u64) (param "offset" u64)
      (result (result (tuple (list u8) bool) (error $error-code)))))
    (export "[method]descriptor.write" (func
      (param "self" (borrow $descriptor)) (param "buffer" (list u8)) (param "offset" u64)
      (result (result u64 (error $error-code)))))))
  (alias export $types "descriptor" (type $descriptor))
  (alias export $types "error-code" (type $error-code))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $of))
    (export "descriptor" (type $descriptor (eq $of)))
    (export "get-directories" (func (result (list (tuple (own $descriptor) string)))))))
  {ROOM}
  (core func $directories (canon lower (func $preopens "get-directories") {MEMORY}))
  (core func $open (canon lower (func $types "[method]descriptor.open-at") {MEMORY}))
  (core func $read (canon lower (func $types "[method]descriptor.read") {MEMORY}))
  (core func $write (canon lower (func $types "[method]descriptor.write") {MEMORY}))
  (core module $core
    (import "room" "memory" (memory 1))
    (import "host" "directories" (func $directories (param i32)))
    (import "host" "open" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
    (import "host" "read" (func $read (param i32 i64 i64 i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i64 i32)))
    (func $opened (param $path i32) (param $length i32) (param $number i32) (param $how i32) (param $for i32)
      (call $directories (i32.const 16))
      (call $open
        (i32.load (i32.add (i32.load (i32.const 16)) (i32.mul (local.get $number) (i32.const 12))))
        (i32.const 1) (local.get $path) (local.get $length) (local.get $how) (local.get $for) (i32.const 32)))
    (func (export "directories") (result i32) (call $directories (i32.const 16)) (i32.const 16))
    (func (export "read") (param i32 i32 i32) (result i32)
      (call $opened (local.get 0) (local.get 1) (local.get 2) (i32.const 0) (i32.const 1))
      (if (i32.load8_u (i32.const 32)) (then (return (i32.const 32))))
      (call $read (i32.load (i32.const 36)) (i64.const 65536) (i64.const 0) (i32.const 48))
      (i32.const 48))
    (func (export "write") (param i32 i32 i32 i32 i32) (result i32)
      (call $opened (local.get 0) (local.get 1) (local.get 4) (i32.const 9) (i32.const 2))
      (if (i32.load8_u (i32.const 32)) (then
        (i32.store8 (i32.const 64) (i32.const 1))
        (i32.store8 (i32.const 72) (i32.load8_u (i32.const 36)))
        (return (i32.const 64))))
      (call $write (i32.load (i32.const 36)) (local.get 2) (local.get 3) (i64.const 0) (i32.const 64))
      (i32.const 64)))
  (core instance $core (instantiate $core
    (with "room" (instance $room))
    (with "host" (instance
      (export "directories" (func $directories)) (export "open" (func $open))
      (export "read" (func $read)) (export "write" (func $write))))))
  (func (export "directories") (result (list (tuple u32 string)))
    (canon lift (core func $core "directories") {MEMORY}))
  (func (export "read") (param "path" string) (param "number" u32)
    (result (result (tuple (list u8) bool) (error $error-code))) (canon lift (core func $core "read") {MEMORY}))
  (func (export "write") (param "path" string) (param "bytes" (list u8)) (param "number" u32)
    (result (result u64 (error $error-code))) (canon lift (core func $core "write") {MEMORY})))""".encode()

# `connect` takes a port of 127.0.0.1 and gives nothing, or why it could not.
CONNECT = f"""(component
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "input-stream" (type (sub resource))) (export "output-stream" (type (sub resource)))))
  (alias export $streams "input-stream" (type $input))
  (alias export $streams "output-stream" (type $output))
  (import "wasi:sockets/network@0.2.0" (instance $network
    (export "network" (type (sub resource)))
    {_type("error-code", _enum(_SOCKET_ERRORS))}
    {_type("ip-address-family", _enum("ipv4 ipv6"))}
    {_type("ipv4-socket-address", '(record (field "port" u16) (field "address" (tuple u8 u8 u8 u8)))')}
    {
    _type(
        "ipv6-socket-address",
        '(record (field "port" u16) (field "flow-info" u32) (field "address" (tuple u16 u16 u16 u16 u16 u16 u16 u16))'
        ' (field "scope-id" u32))',
    )
}
    {_type("ip-socket-address", '(variant (case "ipv4" $ipv4-socket-address) (case "ipv6" $ipv6-socket-address))')}))
  (alias export $network "network" (type $net))
  (alias export $network "error-code" (type $error-code))
  (alias export $network "ip-address-family" (type $family))
  (alias export $network "ip-socket-address" (type $address))
  (import "wasi:sockets/instance-network@0.2.0" (instance $default
    (alias outer 1 $net (type $of)) (export "network" (type $net (eq $of)))
    (export "instance-network" (func (result (own $net))))))
  (import "wasi:sockets/tcp@0.2.0" (instance $tcp
    (alias outer 1 $net (type $net)) (alias outer 1 $address (type $address)) (alias outer 1 $error-code (type $error))
    (alias outer 1 $pollable (type $pollable)) (alias outer 1 $input (type $in)) (alias outer 1 $output (type $out))
    (export "tcp-socket" (type $socket (sub resource)))
    (export "[method]tcp-socket.start-connect" (func
      (param "self" (borrow $socket)) (param "network" (borrow $net)) (param "remote-address" $address)
      (result (result (error $error)))))
    (export "[method]tcp-socket.finish-connect" (func
      (param "self" (borrow $socket)) (result (result (tuple (own $in) (own $out)) (error $error)))))
    (export "[method]tcp-socket.subscribe" (func (param "self" (borrow $socket)) (result (own $pollable))))))
  (alias export $tcp "tcp-socket" (type $socket))
  (import "wasi:sockets/tcp-create-socket@0.2.0" (instance $create
    (alias outer 1 $family (type $family)) (alias outer 1 $error-code (type $error))
    (alias outer 1 $socket (type $socket))
    (export "create-tcp-socket" (func
      (param "address-family" $family) (result (result (own $socket) (error $error)))))))
  {ROOM}
  (core func $net (canon lower (func $default "instance-network")))
  (core func $create (canon lower (func $create "create-tcp-socket") {MEMORY}))
  (core func $start (canon lower (func $tcp "[method]tcp-socket.start-connect") {MEMORY}))
  (core func $finish (canon lower (func $tcp "[method]tcp-socket.finish-connect") {MEMORY}))
  (core func $subscribe (canon lower (func $tcp "[method]tcp-socket.subscribe")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core module $core
    (import "room" "memory" (memory 1))
    (import "host" "net" (func $net (result i32)))
    (import "host" "create" (func $create (param i32 i32)))
    (import "host" "start" (func $start (param
      i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "host" "finish" (func $finish (param i32 i32)))
    (import "host" "subscribe" (func $subscribe (param i32) (result i32)))
    (import "host" "block" (func $block (param i32)))
    (func (export "connect") (param $port i32) (result i32)
      (call $create (i32.const 0) (i32.const 16))
      (if (i32.load8_u (i32.const 16)) (then
        (i32.store8 (i32.const 64) (i32.const 1))
        (i32.store8 (i32.const 65) (i32.load8_u (i32.const 20)))
        (return (i32.const 64))))
      (call $start
        (i32.load (i32.const 20)) (call $net) (i32.const 0) (local.get $port)
        (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32))
      (if (i32.load8_u (i32.const 32)) (then (return (i32.const 32))))
      (call $block (call $subscribe (i32.load (i32.const 20))))
      (call $finish (i32.load (i32.const 20)) (i32.const 48))
      (i32.store8 (i32.const 64) (i32.load8_u (i32.const 48)))
      (i32.store8 (i32.const 65) (i32.load8_u (i32.const 52)))
      (i32.const 64)))
  (core instance $core (instantiate $core
    (with "room" (instance $room))
    (with "host" (instance
      (export "net" (func $net)) (export "create" (func $create)) (export "start" (func $start))
      (export "finish" (func $finish)) (export "subscribe" (func $subscribe)) (export "block" (func $block))))))
  (func (export "connect") (param "port" u16) (result (result (error $error-code)))
    (canon lift (core func $core "connect") {MEMORY})))""".encode()
