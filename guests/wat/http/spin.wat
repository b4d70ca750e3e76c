;; The handler never comes back: only a CPU limit or the deadline ends it.
(module
  (memory (export "memory") 1)
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)
    (loop $forever (br $forever))))
