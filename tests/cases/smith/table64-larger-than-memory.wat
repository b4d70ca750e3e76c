;; CVE-2026-44216: a table larger than the address space made its host panic.
(module
  (table i64 0xffffffffffffffff funcref)
  (func (export "_start")))
