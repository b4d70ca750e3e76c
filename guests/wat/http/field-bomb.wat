;; Fills one header block for ever.
(module
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "x-name")
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (local $fields i32)
    (local.set $fields (call $fields))
    (memory.fill (i32.const 1024) (i32.const 0x78) (i32.const 32768))
    (loop $more
      (call $append (local.get $fields) (i32.const 64) (i32.const 6) (i32.const 1024) (i32.const 32768) (i32.const 0))
      (br $more))))
