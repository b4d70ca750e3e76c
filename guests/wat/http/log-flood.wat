;; Writes to standard error for ever.
(module
  (import "wasi:cli/stderr@0.2.12" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "the same line again and again and again and again and again and\n")
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (local $stream i32)
    (local.set $stream (call $stderr))
    (loop $more
      (call $write (local.get $stream) (i32.const 64) (i32.const 64) (i32.const 0))
      (br $more)))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable))
