;; Asks for 4 GiB before it has said a word.
(module
  (memory (export "memory") 65536)
  (func (export "wasi:http/incoming-handler@0.2.12#handle") (param $request i32) (param $outparam i32)))
