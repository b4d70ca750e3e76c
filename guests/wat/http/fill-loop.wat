;; Fills all the memory it may have, in one instruction, again and again.
(module
  (memory (export "memory") 4000)
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (loop $more
      (memory.fill (i32.const 0) (i32.const 1) (i32.const 0xfa00000))
      (br $more))))
