;; Takes memory, and touches it, until no more is given; then it goes on with nothing.
(module
  (memory (export "memory") 1)
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (local $page i32)
    (loop $more
      (local.set $page (memory.grow (i32.const 16)))
      (if (i32.ne (local.get $page) (i32.const -1))
        (then (memory.fill (i32.mul (local.get $page) (i32.const 65536)) (i32.const 1) (i32.const 0x100000))))
      (br $more))))
