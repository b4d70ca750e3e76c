;; 200 where its start function has run once and nothing is left of another call, else 500; then it leaves a secret.
(module
  (import "wasi:http/types@0.2.12" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.12" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[method]outgoing-response.set-status-code" (func $status (param i32 i32) (result i32)))
  (import "wasi:http/types@0.2.12" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (global $secret (mut i64) (i64.const 0))
  (global $starts (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)

  ;; Leaves its mark in a global, in the first word, and in a page that it asks for.
  (func $start
    (global.set $starts (i32.add (global.get $starts) (i32.const 1)))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (drop (memory.grow (i32.const 1)))
    (i32.store (i32.const 0x40000) (i32.const 77)))
  (start $start)

  (func $started (result i32)
    (i32.and
      (i32.and (i32.eq (global.get $starts) (i32.const 1)) (i32.eq (i32.load (i32.const 0)) (i32.const 1)))
      (i32.and (i32.eq (memory.size) (i32.const 5)) (i32.eq (i32.load (i32.const 0x40000)) (i32.const 77)))))

  ;; Any bit that is set between the two marks, or in the global.
  (func $found (result i32)
    (local $at i32) (local $seen i64)
    (local.set $at (i32.const 8))
    (loop $words
      (local.set $seen (i64.or (local.get $seen) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $words (i32.lt_u (local.get $at) (i32.const 0x40000))))
    (i64.ne (i64.or (local.get $seen) (global.get $secret)) (i64.const 0)))

  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (local $response i32)
    (local.set $response (call $response (call $fields)))
    (drop (call $status (local.get $response)
      (select (i32.const 200) (i32.const 500) (i32.and (call $started) (i32.eqz (call $found))))))
    (memory.fill (i32.const 0) (i32.const 0xab) (i32.const 0x50000))
    (global.set $secret (i64.const -1))
    (call $set (local.get $outparam) (i32.const 0) (local.get $response)
      (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
