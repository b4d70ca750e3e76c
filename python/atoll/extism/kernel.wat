;; The memory that an Extism plug-in and its host pass bytes through: the part of `extism:host/env` that needs no host.
;;
;; What it promises:
;; * A handle is the offset of a block's first byte, a multiple of 8, never 0. 0 says "no block": nothing was asked
;;   for, or memory could not grow (the host's limiter decides how far it grows).
;; * Every function ends in a bounded number of steps, however many blocks there are and whatever the guest wrote
;;   where; only `reset` takes time by the bytes that were used, since it clears them.
;; * Nothing traps. An offset that is not a block's (interior, freed, invented) has length 0 and is not freed; a load
;;   outside of what blocks have been made of since the last reset gives 0, and a store there does nothing.
;; * `length` of a block never reaches beyond the memory, nor does what `output_set` and `input_set` accept.
;; * What was freed keeps its bytes until its room is needed, that is until the memory would have to grow. Plug-ins in
;;   the wild free their output before the host reads it, and free twice what the host has freed for them.
;; * After `reset` there is nothing to be read of what the guest or the host wrote before.
;;
;; The guest may write over a header, as it may with Extism's own kernel. It then loses its own blocks: each header is
;; checked before it is used, and the host checks whatever it reads from here against the memory's size.
;;
;; Blocks lie one after the other and know the size of the one before, so that freed neighbours become one block. Freed
;; blocks wait in bins by size, eight bins to each doubling; a set bit says that a bin holds some.
;;
;;   0      32      896    1024
;;   | bits | heads | none | header payload | header payload | ... top    (growing up to the memory's end)
;;
;;   header:  +0 tag   +4 size, granules of 8 bytes   +8 length, bytes   +12 size of the block before, 0: none
;;            +16 and +20, of a free block: the next and the one before in its bin, 0: none
(module
  ;; What the host answers, of blocks by their offsets; `few` are those where all is within 32 bytes, which cross as
  ;; numbers: a length (-1: none, -2: too many bytes for this way) and four words.
  (import "atoll:extism/kernel" "config_get" (func $config_get (param i64) (result i64)))
  (import "atoll:extism/kernel" "var_get" (func $var_get (param i64) (result i64)))
  (import "atoll:extism/kernel" "var_set" (func $var_set (param i64 i64)))
  (import "atoll:extism/kernel" "config_get_few"
    (func $config_get_few (param i64 i64 i64 i64 i64) (result i64 i64 i64 i64 i64)))
  (import "atoll:extism/kernel" "var_get_few"
    (func $var_get_few (param i64 i64 i64 i64 i64) (result i64 i64 i64 i64 i64)))
  (import "atoll:extism/kernel" "var_set_few" (func $var_set_few (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)))

  (memory (export "memory") 1)

  (global $top (mut i32) (i32.const 1024))    ;; where the next new block's header goes
  (global $last (mut i32) (i32.const 0))      ;; the header before $top, 0: none
  (global $high (mut i64) (i64.const 1032))   ;; how far $top has been since the reset, at least the first 8 bytes
  (global $input (mut i64) (i64.const 0))
  (global $input_length (mut i64) (i64.const 0))
  (global $output (mut i64) (i64.const 0))
  (global $output_length (mut i64) (i64.const 0))
  (global $error (mut i64) (i64.const 0))

  ;; A tag depends on where it stands: bytes that a guest copies from one header to another place are no header there.
  (func $used (param $block i32) (result i32) (i32.xor (local.get $block) (i32.const 0x5bd1e995)))
  (func $free (param $block i32) (result i32) (i32.xor (local.get $block) (i32.const 0x2c1b3c6d)))

  ;; Where a block of this size ends; in 64 bits, since a size that a guest wrote may be anything.
  (func $end_at (param $block i32) (param $size i32) (result i64)
    (i64.add
      (i64.extend_i32_u (local.get $block))
      (i64.add (i64.const 24) (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 3)))))

  (func $end (param $block i32) (result i64)
    (call $end_at (local.get $block) (i32.load offset=4 (local.get $block))))

  ;; Whether a header with this tag stands there and its block ends by $top.
  (func $stands (param $block i32) (param $tag i32) (result i32)
    (if (i32.or
          (i32.or (i32.lt_u (local.get $block) (i32.const 1024)) (i32.ge_u (local.get $block) (global.get $top)))
          (i32.and (local.get $block) (i32.const 7)))
      (then (return (i32.const 0))))
    (if (i32.ne (i32.load (local.get $block)) (local.get $tag)) (then (return (i32.const 0))))
    (i64.le_u (call $end (local.get $block)) (i64.extend_i32_u (global.get $top))))

  (func $is_free (param $block i32) (result i32)
    (if (i32.eqz (local.get $block)) (then (return (i32.const 0))))
    (call $stands (local.get $block) (call $free (local.get $block))))

  ;; The header of the block in use that begins at this offset, or 0.
  (func $find (param $offset i64) (result i32) (local $block i32)
    (if (i64.gt_u (local.get $offset) (i64.const 0xffffffff)) (then (return (i32.const 0))))
    (local.set $block (i32.sub (i32.wrap_i64 (local.get $offset)) (i32.const 24)))
    (select
      (local.get $block)
      (i32.const 0)
      (call $stands (local.get $block) (call $used (local.get $block)))))

  ;; The header before this one, or 0 where there is none or a guest overwrote the way to it.
  (func $before (param $block i32) (result i32) (local $size i32) (local $before i32)
    (local.set $size (i32.load offset=12 (local.get $block)))
    (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
    (local.set $before
      (i32.sub (i32.sub (local.get $block) (i32.const 24)) (i32.shl (local.get $size) (i32.const 3))))
    (if (i32.ge_u (local.get $before) (local.get $block)) (then (return (i32.const 0))))
    (select
      (local.get $before)
      (i32.const 0)
      (i64.eq (call $end (local.get $before)) (i64.extend_i32_u (local.get $block)))))

  ;; Tell the block after this one how large this one has become.
  (func $tell (param $block i32) (local $end i64)
    (local.set $end (call $end (local.get $block)))
    (if (i64.le_u (i64.add (local.get $end) (i64.const 24)) (i64.extend_i32_u (global.get $top)))
      (then
        (i32.store offset=12 (i32.wrap_i64 (local.get $end)) (i32.load offset=4 (local.get $block))))))

  ;; Bins --------------------------------------------------------------------------------------------------------------

  ;; The bin for a free block of so many granules: below 16 one for each size, then eight for each doubling (to 215).
  (func $bin (param $size i32) (result i32) (local $exponent i32)
    (if (i32.lt_u (local.get $size) (i32.const 16)) (then (return (local.get $size))))
    (local.set $exponent (i32.sub (i32.const 31) (i32.clz (local.get $size))))
    (i32.add
      (i32.sub (i32.shl (local.get $exponent) (i32.const 3)) (i32.const 16))
      (i32.and
        (i32.shr_u (local.get $size) (i32.sub (local.get $exponent) (i32.const 3)))
        (i32.const 7))))

  ;; Make this block (or none) the first of a bin.
  (func $set_head (param $bin i32) (param $block i32) (local $word i32) (local $bit i64)
    (i32.store offset=32 (i32.shl (local.get $bin) (i32.const 2)) (local.get $block))
    (local.set $word (i32.shl (i32.shr_u (local.get $bin) (i32.const 6)) (i32.const 3)))
    (local.set $bit (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $bin))))
    (i64.store
      (local.get $word)
      (select
        (i64.or (i64.load (local.get $word)) (local.get $bit))
        (i64.and (i64.load (local.get $word)) (i64.xor (local.get $bit) (i64.const -1)))
        (local.get $block))))

  ;; The smallest block of at least this size among the first eight of a bin, or 0: large ones are kept for what is
  ;; large. A guest may have overwritten a link: what is behind it is lost, and the whole bin where it was the first.
  (func $best (param $bin i32) (param $size i32) (result i32) (local $block i32) (local $best i32) (local $left i32)
    (local.set $block (i32.load offset=32 (i32.shl (local.get $bin) (i32.const 2))))
    (local.set $left (i32.const 8))
    (block $done
      (loop $blocks
        (br_if $done (i32.eqz (call $is_free (local.get $block))))
        (if (i32.ge_u (i32.load offset=4 (local.get $block)) (local.get $size))
          (then
            (if (i32.or
                  (i32.eqz (local.get $best))
                  (i32.lt_u (i32.load offset=4 (local.get $block)) (i32.load offset=4 (local.get $best))))
              (then (local.set $best (local.get $block))))))
        (local.set $block (i32.load offset=16 (local.get $block)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br_if $blocks (local.get $left))))
    (if (i32.and (i32.eq (local.get $left) (i32.const 8)) (i32.ne (local.get $block) (i32.const 0)))
      (then (call $set_head (local.get $bin) (i32.const 0))))
    (local.get $best))

  ;; The first bin after this one that holds a block, or 0.
  (func $bin_after (param $bin i32) (result i32) (local $bits i64)
    (local.set $bin (i32.add (local.get $bin) (i32.const 1)))
    (loop $words
      (if (i32.gt_u (local.get $bin) (i32.const 215)) (then (return (i32.const 0))))
      (local.set $bits
        (i64.shr_u
          (i64.load (i32.shl (i32.shr_u (local.get $bin) (i32.const 6)) (i32.const 3)))
          (i64.extend_i32_u (local.get $bin))))
      (if (i64.ne (local.get $bits) (i64.const 0))
        (then (return (i32.add (local.get $bin) (i32.wrap_i64 (i64.ctz (local.get $bits)))))))
      (local.set $bin (i32.and (i32.add (local.get $bin) (i32.const 64)) (i32.const -64)))
      (br $words))
    (unreachable))

  ;; Put a block, whose size is set, in front of its bin.
  (func $link (param $block i32) (local $bin i32) (local $after i32)
    (local.set $bin (call $bin (i32.load offset=4 (local.get $block))))
    (local.set $after (i32.load offset=32 (i32.shl (local.get $bin) (i32.const 2))))
    (i32.store (local.get $block) (call $free (local.get $block)))
    (i32.store offset=16 (local.get $block) (local.get $after))
    (i32.store offset=20 (local.get $block) (i32.const 0))
    (if (call $is_free (local.get $after)) (then (i32.store offset=20 (local.get $after) (local.get $block))))
    (call $set_head (local.get $bin) (local.get $block)))

  ;; Take a free block out of its bin.
  (func $unlink (param $block i32) (local $bin i32) (local $before i32) (local $after i32)
    (local.set $after (i32.load offset=16 (local.get $block)))
    (local.set $before (i32.load offset=20 (local.get $block)))
    (if (call $is_free (local.get $after))
      (then (i32.store offset=20 (local.get $after) (local.get $before)))
      (else (local.set $after (i32.const 0))))
    (if (call $is_free (local.get $before)) (then (i32.store offset=16 (local.get $before) (local.get $after))))
    (local.set $bin (call $bin (i32.load offset=4 (local.get $block))))
    (if (i32.eq (i32.load offset=32 (i32.shl (local.get $bin) (i32.const 2))) (local.get $block))
      (then (call $set_head (local.get $bin) (local.get $after)))))

  ;; Blocks ------------------------------------------------------------------------------------------------------------

  (func $bytes (result i64) (i64.shl (i64.extend_i32_u (memory.size)) (i64.const 16)))

  ;; A new block at $top if the memory reaches so far, or 0.
  (func $extend (param $size i32) (result i32) (local $block i32) (local $end i64)
    (local.set $block (global.get $top))
    (local.set $end (call $end_at (local.get $block) (local.get $size)))
    (if (i64.gt_u (local.get $end) (call $bytes)) (then (return (i32.const 0))))
    (i32.store offset=4 (local.get $block) (local.get $size))
    (i32.store offset=12
      (local.get $block)
      (if (result i32) (global.get $last)
        (then (i32.load offset=4 (global.get $last)))
        (else (i32.const 0))))
    (global.set $last (local.get $block))
    (global.set $top (i32.wrap_i64 (local.get $end)))
    (if (i64.gt_u (local.get $end) (global.get $high)) (then (global.set $high (local.get $end))))
    (local.get $block))

  ;; A freed block of at least this size, cut to it, or 0.
  (func $reuse (param $size i32) (result i32) (local $bin i32) (local $block i32) (local $rest i32)
    (local.set $bin (call $bin (local.get $size)))
    (local.set $block (call $best (local.get $bin) (local.get $size)))
    (if (i32.eqz (local.get $block))
      (then
        (local.set $bin (call $bin_after (local.get $bin)))
        (if (i32.eqz (local.get $bin)) (then (return (i32.const 0))))
        (local.set $block (call $best (local.get $bin) (local.get $size)))
        (if (i32.eqz (local.get $block)) (then (return (i32.const 0))))))
    (call $unlink (local.get $block))
    ;; What is left over becomes a block of its own if it is worth its header.
    (local.set $rest (i32.sub (i32.load offset=4 (local.get $block)) (local.get $size)))
    (if (i32.ge_u (local.get $rest) (i32.const 8))
      (then
        (i32.store offset=4 (local.get $block) (local.get $size))
        (local.set $bin (i32.wrap_i64 (call $end (local.get $block))))
        (i32.store offset=4 (local.get $bin) (i32.sub (local.get $rest) (i32.const 3)))
        (i32.store offset=12 (local.get $bin) (local.get $size))
        (if (i32.eq (global.get $last) (local.get $block)) (then (global.set $last (local.get $bin))))
        (call $tell (local.get $bin))
        (call $link (local.get $bin))))
    (local.get $block))

  ;; A block for which the memory grows, or 0 where it can't. It begins where the last one does if that is free. The
  ;; last page is never asked for, so that every end fits into 32 bits.
  (func $grow (param $size i32) (result i32) (local $end i64)
    (if (call $is_free (global.get $last))
      (then
        (call $unlink (global.get $last))
        (global.set $top (global.get $last))
        (global.set $last (call $before (global.get $last)))))
    (local.set $end (call $end_at (global.get $top) (local.get $size)))
    (if (i64.gt_u (local.get $end) (i64.const 0xffff0000)) (then (return (i32.const 0))))
    (if (i64.gt_u (local.get $end) (call $bytes))
      (then
        (drop
          (memory.grow
            (i32.wrap_i64
              (i64.shr_u
                (i64.add (i64.sub (local.get $end) (call $bytes)) (i64.const 0xffff))
                (i64.const 16)))))))
    (call $extend (local.get $size)))

  (func $alloc (export "alloc") (param $length i64) (result i64) (local $size i32) (local $block i32)
    (if (i64.gt_u (i64.sub (local.get $length) (i64.const 1)) (i64.const 0xfffeffff)) (then (return (i64.const 0))))
    (local.set $size
      (i32.wrap_i64 (i64.shr_u (i64.add (local.get $length) (i64.const 7)) (i64.const 3))))
    (local.set $block (call $extend (local.get $size)))
    (if (i32.eqz (local.get $block)) (then (local.set $block (call $reuse (local.get $size)))))
    (if (i32.eqz (local.get $block)) (then (local.set $block (call $grow (local.get $size)))))
    (if (i32.eqz (local.get $block)) (then (return (i64.const 0))))
    (i32.store (local.get $block) (call $used (local.get $block)))
    (i32.store offset=8 (local.get $block) (i32.wrap_i64 (local.get $length)))
    (i64.extend_i32_u (i32.add (local.get $block) (i32.const 24))))

  (func $release (export "free") (param $offset i64) (local $block i32) (local $other i32)
    (local.set $block (call $find (local.get $offset)))
    (if (i32.eqz (local.get $block)) (then (return)))
    ;; An input that is gone has nothing to load.
    (if (i64.eq (local.get $offset) (global.get $input)) (then (global.set $input_length (i64.const 0))))
    (i32.store (local.get $block) (i32.const 0))
    (local.set $other (i32.wrap_i64 (call $end (local.get $block))))
    (if (call $is_free (local.get $other))
      (then
        (call $unlink (local.get $other))
        (call $swallow (local.get $block) (local.get $other))))
    (local.set $other (call $before (local.get $block)))
    (if (call $is_free (local.get $other))
      (then
        (call $unlink (local.get $other))
        (call $swallow (local.get $other) (local.get $block))
        (local.set $block (local.get $other))))
    (call $tell (local.get $block))
    (call $link (local.get $block)))

  ;; Make one block of two neighbours.
  (func $swallow (param $block i32) (param $other i32)
    (if (i32.eq (global.get $last) (local.get $other)) (then (global.set $last (local.get $block))))
    (i32.store offset=4
      (local.get $block)
      (i32.add
        (i32.add (i32.load offset=4 (local.get $block)) (i32.load offset=4 (local.get $other)))
        (i32.const 3))))

  ;; The name for the one that is not checked gets the same: the check costs no walk here.
  (func $length (export "length") (export "length_unsafe") (param $offset i64) (result i64) (local $block i32)
    (local $length i64)
    (local.set $block (call $find (local.get $offset)))
    (if (i32.eqz (local.get $block)) (then (return (i64.const 0))))
    (local.set $length (i64.load32_u offset=8 (local.get $block)))
    (select
      (local.get $length)
      (i64.const 0)
      (i64.le_u (i64.add (local.get $offset) (local.get $length)) (call $end (local.get $block)))))

  ;; Bytes -------------------------------------------------------------------------------------------------------------

  ;; Loads and stores are most of what a plug-in calls. What is below the first header wraps around to far outside.
  (func (export "load_u8") (param $offset i64) (result i32)
    (if (i64.ge_u (i64.sub (local.get $offset) (i64.const 1024)) (i64.sub (global.get $high) (i64.const 1024)))
      (then (return (i32.const 0))))
    (i32.load8_u (i32.wrap_i64 (local.get $offset))))

  (func (export "load_u64") (param $offset i64) (result i64)
    (if (i64.gt_u (i64.sub (local.get $offset) (i64.const 1024)) (i64.sub (global.get $high) (i64.const 1032)))
      (then (return (i64.const 0))))
    (i64.load (i32.wrap_i64 (local.get $offset))))

  (func (export "store_u8") (param $offset i64) (param $byte i32)
    (if (i64.ge_u (i64.sub (local.get $offset) (i64.const 1024)) (i64.sub (global.get $high) (i64.const 1024)))
      (then (return)))
    (i32.store8 (i32.wrap_i64 (local.get $offset)) (local.get $byte)))

  (func (export "store_u64") (param $offset i64) (param $bytes i64)
    (if (i64.gt_u (i64.sub (local.get $offset) (i64.const 1024)) (i64.sub (global.get $high) (i64.const 1032)))
      (then (return)))
    (i64.store (i32.wrap_i64 (local.get $offset)) (local.get $bytes)))

  ;; Whether so many bytes lie there, above what the kernel keeps for itself and below what no block has reached.
  (func $within (param $offset i64) (param $length i64) (result i32)
    (if (i64.lt_u (local.get $offset) (i64.const 1024)) (then (return (i32.const 0))))
    (if (i64.ge_u (local.get $offset) (global.get $high)) (then (return (i32.const 0))))
    (i64.le_u (local.get $length) (i64.sub (global.get $high) (local.get $offset))))

  ;; What is not within that is not taken, and what was set before stays: so a plug-in's empty output, which
  ;; comes as offset 0, leaves the output as it was.
  (func $input_set (export "input_set") (param $offset i64) (param $length i64)
    (if (call $within (local.get $offset) (local.get $length))
      (then
        (global.set $input (local.get $offset))
        (global.set $input_length (local.get $length)))))

  (func (export "input_offset") (result i64) (global.get $input))
  (func (export "input_length") (result i64) (global.get $input_length))

  (func (export "input_load_u8") (param $at i64) (result i32)
    (if (i64.ge_u (local.get $at) (global.get $input_length)) (then (return (i32.const 0))))
    (i32.load8_u (i32.wrap_i64 (i64.add (global.get $input) (local.get $at)))))

  (func (export "input_load_u64") (param $at i64) (result i64)
    (if (i64.lt_u (global.get $input_length) (i64.const 8)) (then (return (i64.const 0))))
    (if (i64.gt_u (local.get $at) (i64.sub (global.get $input_length) (i64.const 8))) (then (return (i64.const 0))))
    (i64.load (i32.wrap_i64 (i64.add (global.get $input) (local.get $at)))))

  (func (export "output_set") (param $offset i64) (param $length i64)
    (if (call $within (local.get $offset) (local.get $length))
      (then
        (global.set $output (local.get $offset))
        (global.set $output_length (local.get $length)))))

  (func (export "output_offset") (result i64) (global.get $output))
  (func (export "output_length") (result i64) (global.get $output_length))

  (func $error_set (export "error_set") (param $offset i64)
    (if (i32.or (i64.eqz (local.get $offset)) (call $within (local.get $offset) (i64.const 1)))
      (then (global.set $error (local.get $offset)))))

  (func (export "error_get") (result i64) (global.get $error))

  ;; What blocks and their headers may fill without growing: it never becomes less.
  (func (export "memory_bytes") (result i64) (i64.sub (call $bytes) (i64.const 1024)))

  ;; Before each call: no block, no input, output or error, and none of the last call's bytes.
  (func $reset (export "reset")
    (memory.fill (i32.const 0) (i32.const 0) (i32.wrap_i64 (global.get $high)))
    (global.set $top (i32.const 1024))
    (global.set $high (i64.const 1032))
    (global.set $last (i32.const 0))
    (global.set $input (i64.const 0))
    (global.set $input_length (i64.const 0))
    (global.set $output (i64.const 0))
    (global.set $output_length (i64.const 0))
    (global.set $error (i64.const 0)))

  ;; Config and variables ----------------------------------------------------------------------------------------------

  ;; The length of a block that goes as numbers, or 0.
  (func $few (param $offset i64) (result i64) (local $length i64)
    (local.set $length (call $length (local.get $offset)))
    (select
      (i64.const 0)
      (local.get $length)
      (i32.or
        (i64.gt_u (local.get $length) (i64.const 32))
        (i64.gt_u (i64.add (local.get $offset) (i64.const 32)) (call $bytes)))))

  (func $words (param $offset i64) (result i64 i64 i64 i64) (local $at i32)
    (local.set $at (i32.wrap_i64 (local.get $offset)))
    (i64.load (local.get $at))
    (i64.load offset=8 (local.get $at))
    (i64.load offset=16 (local.get $at))
    (i64.load offset=24 (local.get $at)))

  ;; A new block of these bytes, or 0.
  (func $made (param $length i64) (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64)
    (local $offset i64) (local $at i32)
    (local.set $offset (call $alloc (local.get $length)))
    (local.set $at (i32.wrap_i64 (local.get $offset)))
    (if (local.get $at)
      (then
        (i64.store (local.get $at) (local.get $a))
        (if (i64.gt_u (local.get $length) (i64.const 8)) (then (i64.store offset=8 (local.get $at) (local.get $b))))
        (if (i64.gt_u (local.get $length) (i64.const 16)) (then (i64.store offset=16 (local.get $at) (local.get $c))))
        (if (i64.gt_u (local.get $length) (i64.const 24)) (then (i64.store offset=24 (local.get $at) (local.get $d))))))
    (local.get $offset))

  (func (export "config_get") (param $key i64) (result i64) (local $length i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (local.set $length (call $few (local.get $key)))
    (if (i64.eqz (local.get $length)) (then (return (call $config_get (local.get $key)))))
    (call $config_get_few (local.get $length) (call $words (local.get $key)))
    (local.set $d) (local.set $c) (local.set $b) (local.set $a) (local.set $length)
    (if (i64.eq (local.get $length) (i64.const -2)) (then (return (call $config_get (local.get $key)))))
    (call $answered
      (local.get $key) (local.get $length) (local.get $a) (local.get $b) (local.get $c) (local.get $d)))

  (func (export "var_get") (param $key i64) (result i64) (local $length i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64)
    (local.set $length (call $few (local.get $key)))
    (if (i64.eqz (local.get $length)) (then (return (call $var_get (local.get $key)))))
    (call $var_get_few (local.get $length) (call $words (local.get $key)))
    (local.set $d) (local.set $c) (local.set $b) (local.set $a) (local.set $length)
    (if (i64.eq (local.get $length) (i64.const -2)) (then (return (call $var_get (local.get $key)))))
    (call $answered
      (local.get $key) (local.get $length) (local.get $a) (local.get $b) (local.get $c) (local.get $d)))

  ;; A block for an answer; then the one that was asked with is freed.
  (func $answered (param $asked i64) (param $length i64)
    (param $a i64) (param $b i64) (param $c i64) (param $d i64) (result i64) (local $offset i64)
    (if (i64.gt_s (local.get $length) (i64.const 0))
      (then
        (local.set $offset
          (call $made (local.get $length) (local.get $a) (local.get $b) (local.get $c) (local.get $d)))))
    (call $release (local.get $asked))
    (local.get $offset))

  (func (export "var_set") (param $key i64) (param $value i64) (local $length i64) (local $size i64)
    (local.set $length (call $few (local.get $key)))
    (local.set $size (select (call $few (local.get $value)) (i64.const -1) (i64.ne (local.get $value) (i64.const 0))))
    (if (i32.or (i64.eqz (local.get $length)) (i64.eqz (local.get $size)))
      (then
        (call $var_set (local.get $key) (local.get $value))
        (return)))
    (call $var_set_few
      (local.get $length)
      (call $words (local.get $key))
      (local.get $size)
      (call $words (local.get $value)))
    (call $release (local.get $key))
    (call $release (local.get $value)))

  ;; The host's alone, each in place of several crossings. Hosts let no guest import these ------------------------------

  ;; The next call, with a block for so many bytes of input, or 0.
  (func (export "room") (param $length i64) (result i64)
    (call $reset)
    (call $alloc (local.get $length)))

  ;; Whether `room` has so many bytes: the memory grows if it must, and what is there stays.
  (func (export "reserve") (param $length i64) (result i32) (local $end i64)
    (if (i64.gt_u (local.get $length) (i64.const 0xfffeffff)) (then (return (i32.const 0))))
    (local.set $end
      (call $end_at
        (i32.const 1024)
        (i32.wrap_i64 (i64.shr_u (i64.add (local.get $length) (i64.const 7)) (i64.const 3)))))
    (if (i64.gt_u (local.get $end) (i64.const 0xffff0000)) (then (return (i32.const 0))))
    (if (i64.le_u (local.get $end) (call $bytes)) (then (return (i32.const 1))))
    (i32.ne
      (i32.const -1)
      (memory.grow
        (i32.wrap_i64
          (i64.shr_u
            (i64.add (i64.sub (local.get $end) (call $bytes)) (i64.const 0xffff))
            (i64.const 16))))))

  ;; Where the output is, and how long.
  (func (export "answer") (result i32 i32)
    (i32.wrap_i64 (global.get $output))
    (i32.wrap_i64 (global.get $output_length)))

  ;; A new block of so many bytes, or 0; then two others are freed: those that were asked with.
  (func (export "replace") (param $length i64) (param $one i64) (param $two i64) (result i64) (local $offset i64)
    (local.set $offset (call $alloc (local.get $length)))
    (call $release (local.get $one))
    (call $release (local.get $two))
    (local.get $offset))

  ;; Free a block; its length. Its bytes are there until something else is asked for.
  (func (export "take") (param $offset i64) (result i64) (local $length i64)
    (local.set $length (call $length (local.get $offset)))
    (call $release (local.get $offset))
    (local.get $length))

  ;; Set the error; the length of its block, or 0 where it was not taken.
  (func (export "fail") (param $offset i64) (result i64)
    (call $error_set (local.get $offset))
    (if (i64.ne (global.get $error) (local.get $offset)) (then (return (i64.const 0))))
    (call $length (local.get $offset))))
