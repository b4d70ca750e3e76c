;; Hands over a list of 65,536 strings that all lie in the same megabyte: 64 GiB, if the host took them.
(module
  (import "wasi:http/types@0.2.12" "[static]fields.from-list" (func $from_list (param i32 i32 i32)))
  (memory (export "memory") 48)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (local $at i32)
    (memory.fill (i32.const 0x200000) (i32.const 0x61) (i32.const 0x100000))
    (loop $entries
      (i32.store (i32.add (local.get $at) (i32.const 0)) (i32.const 0x200000))
      (i32.store (i32.add (local.get $at) (i32.const 4)) (i32.const 4))
      (i32.store (i32.add (local.get $at) (i32.const 8)) (i32.const 0x200000))
      (i32.store (i32.add (local.get $at) (i32.const 12)) (i32.const 0x100000))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $entries (i32.lt_u (local.get $at) (i32.const 0x100000))))
    (call $from_list (i32.const 0) (i32.const 65536) (i32.const 0x1ffff0))))
