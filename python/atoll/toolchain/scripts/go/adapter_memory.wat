;; Memory for the preview 1 adapter, which asks before Go's runtime, and so Go's own cabi_realloc, is ready.
(module
  (import "go" "memory" (memory 0))
  (func (export "cabi_realloc_adapter") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $pages i32)
    (local.set $pages (memory.grow (i32.div_u (i32.add (local.get $size) (i32.const 65535)) (i32.const 65536))))
    (if (i32.eq (local.get $pages) (i32.const -1)) (then (unreachable)))
    (i32.mul (local.get $pages) (i32.const 65536))))
