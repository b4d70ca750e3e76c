;; Writes down the numbers that modules linked with it say, as the digits of one: what was said first comes first.
(module
  (global $order (mut i32) (i32.const 0))
  (func (export "say") (param $what i32)
    (global.set $order (i32.add (i32.mul (global.get $order) (i32.const 10)) (local.get $what))))
  (func (export "order") (result i32) (global.get $order)))
