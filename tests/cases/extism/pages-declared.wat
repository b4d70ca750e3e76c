;; Declares that its memory has 2 pages at the most; `grow` grows by 1, and answers with code 0 where it was given it.
(module
  (memory 1 2)
  (func (export "grow") (result i32) (i32.eq (memory.grow (i32.const 1)) (i32.const -1))))
