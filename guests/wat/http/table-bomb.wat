;; Grows a table until no more is given; then it goes on with nothing.
(module
  (memory (export "memory") 1)
  (table $table 1 funcref)
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (loop $more
      (drop (table.grow $table (ref.null func) (i32.const 100000)))
      (br $more))))
