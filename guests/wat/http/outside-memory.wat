;; Hands the host a pointer outside its memory.
(module
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (call $append (call $fields) (i32.const 0x7fffffff) (i32.const 6) (i32.const 0) (i32.const 6) (i32.const 0))))
