(component
  (import "acme:host/units" (instance $units (type $u (enum "metre" "foot")) (export "unit" (type (eq $u)))))
  (alias export $units "unit" (type $unit))
  (import "acme:host/sizes" (instance $sizes
    (alias outer 1 $unit (type $imported))
    (export "unit" (type $unit1 (eq $imported)))
    (type $s (record (field "width" f64) (field "unit" $unit1)))
    (export "size" (type $size (eq $s)))
    (export "twice" (func (param "size" $size) (result f64)))))
  (core func $twice (canon lower (func $sizes "twice")))
  (core module $m
    (import "h" "twice" (func $twice (param f64 i32) (result f64)))
    (func (export "run") (param f64) (result f64) (call $twice (local.get 0) (i32.const 1))))
  (core instance $i (instantiate $m (with "h" (instance (export "twice" (func $twice))))))
  (func (export "run") (param "width" f64) (result f64) (canon lift (core func $i "run"))))
