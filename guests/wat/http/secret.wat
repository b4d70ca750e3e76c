;; 200 where nothing is left of another call in memory, globals or table, else 500; then it leaves a secret in all of them.
(module
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-response.set-status-code" (func $status (param i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (table $table 256 funcref)
  (global $secret (mut i64) (i64.const 0))
  (elem declare func $leave)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)

  ;; Any bit that is set in the first pages, in those that are asked for, in the global or in the table.
  (func $found (result i32)
    (local $at i32) (local $seen i64)
    (drop (memory.grow (i32.const 12)))
    (loop $words
      (local.set $seen (i64.or (local.get $seen) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $words (i32.lt_u (local.get $at) (i32.const 0x100000))))
    (local.set $at (i32.const 0))
    (loop $elements
      (if (i32.eqz (ref.is_null (table.get $table (local.get $at))))
        (then (local.set $seen (i64.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $elements (i32.lt_u (local.get $at) (table.size $table))))
    (i64.ne (i64.or (local.get $seen) (global.get $secret)) (i64.const 0)))

  (func $leave
    (memory.fill (i32.const 0) (i32.const 0xab) (i32.const 0x100000))
    (table.fill $table (i32.const 0) (ref.func $leave) (i32.const 256))
    (global.set $secret (i64.const -1)))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (local $response i32)
    (local.set $response (call $response (call $fields)))
    (drop (call $status (local.get $response) (select (i32.const 500) (i32.const 200) (call $found))))
    (call $leave)
    (call $set (local.get $outparam) (i32.const 0) (local.get $response)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
