;; 65,536 strings that are all the same 512 KiB: 1 MiB of the guest's memory asks for 32 GiB of the host's.
(component
  (core module $core
    (memory (export "memory") 17)
    (func (export "words") (result i32)
      (local $at i32)
      (loop $more
        (i32.store offset=0 (local.get $at) (i32.const 0x80000))
        (i32.store offset=4 (local.get $at) (i32.const 0x80000))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $more (i32.lt_u (local.get $at) (i32.const 0x80000))))
      (i32.store (i32.const 0x100000) (i32.const 0))
      (i32.store (i32.const 0x100004) (i32.const 0x10000))
      (i32.const 0x100000)))
  (core instance $core (instantiate $core))
  (func (export "words") (result (list string))
    (canon lift (core func $core "words") (memory (core memory $core "memory")))))
