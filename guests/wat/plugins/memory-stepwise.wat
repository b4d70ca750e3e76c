;; Takes memory page by page until no more is given; the result is how many it has.
(component
  (core module $core
    (memory 1)
    (func (export "grow") (result i32)
      (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      (memory.size)))
  (core instance $core (instantiate $core))
  (func (export "grow") (result u32) (canon lift (core func $core "grow"))))
