"""Components of a few lines, in text form, that say by a number who they are."""

BELL = "acme:bell/bell"
"""Where `ringing` calls its host: `ring`."""


def component(core: str, functions: str) -> str:
    """A core module with these fields, and what is made of it; `$core` is its instance."""
    return f"(component (core module $core {core}) (core instance $core (instantiate $core)) {functions})"


def numbered(value: int, *names: str) -> str:
    """Functions that take nothing and give this number; `number`, unless they are named."""
    names = names or ("number",)
    core = "".join(f'(func (export "{name}") (result i32) (i32.const {value}))' for name in names)
    lifted = "".join(f'(func (export "{name}") (result u32) (canon lift (core func $core "{name}")))' for name in names)
    return component(core, lifted)


def within(value: int, *interfaces: str) -> str:
    """Interfaces with a function `number` that gives this number, more by one with each."""
    names = [f"number-{index}" for index in range(len(interfaces))]
    core = "".join(f'(func (export "{name}") (result i32) (i32.const {value + n}))' for n, name in enumerate(names))
    lifted = "".join(
        f'(func ${name} (result u32) (canon lift (core func $core "{name}")))'
        f'(instance $of-{name} (export "number" (func ${name}))) (export "{interface}" (instance $of-{name}))'
        for name, interface in zip(names, interfaces, strict=True)
    )
    return component(core, lifted)


def _taking_a_number(name: str) -> str:
    return f'(func (export "{name}") (param "n" u32) (result u32) (canon lift (core func $core "{name}")))'


def appending(digit: int, name: str = "on-save") -> str:
    """Takes a number and gives it with one more digit."""
    core = f"""(func (export "{name}") (param i32) (result i32)
      (i32.add (i32.mul (local.get 0) (i32.const 10)) (i32.const {digit})))"""
    return component(core, _taking_a_number(name))


def _in_memory(case: int, value: int, kind: str, name: str) -> str:
    core = f"""(memory (export "memory") 1) (data (i32.const 8) "\\{case:02x}\\00\\00\\00\\{value:02x}\\00\\00\\00")
      (func (export "{name}") (param i32) (result i32) (i32.const 8))"""
    lifted = f"""(func (export "{name}") (param "n" u32) (result {kind})
      (canon lift (core func $core "{name}") (memory (core memory $core "memory"))))"""
    return component(core, lifted)


def answering(value: int | None, name: str = "on-save") -> str:
    """Takes a number and gives this one, or none."""
    return _in_memory(int(value is not None), value or 0, "(option u32)", name)


def failing(payload: int, name: str = "on-save") -> str:
    """Takes a number and gives this as an error."""
    return _in_memory(1, payload, "(result u32 (error u32))", name)


def trapping(name: str = "on-save") -> str:
    """Takes a number and crashes."""
    core = f'(func (export "{name}") (param i32) (result i32) unreachable)'
    return component(core, _taking_a_number(name))


def looping(name: str = "on-save") -> str:
    """Takes a number and never ends."""
    core = f'(func (export "{name}") (param i32) (result i32) (loop $forever (br $forever)) unreachable)'
    return component(core, _taking_a_number(name))


def counting(first: int = 0) -> str:
    """`count` gives how often it was called in its instance, from `first` on; `fail` crashes."""
    core = f"""(global $n (mut i32) (i32.const {first}))
      (func (export "count") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
      (func (export "fail") unreachable)"""
    lifted = """(func (export "count") (result u32) (canon lift (core func $core "count")))
      (func (export "fail") (canon lift (core func $core "fail")))"""
    return component(core, lifted)


def ringing(value: int) -> str:
    """`run` calls its host's `ring`, then gives this number."""
    return f"""(component
      (import "{BELL}" (instance $bell (export "ring" (func))))
      (core func $ring (canon lower (func $bell "ring")))
      (core module $core
        (import "bell" "ring" (func $ring))
        (func (export "run") (result i32) (call $ring) (i32.const {value})))
      (core instance $core (instantiate $core (with "bell" (instance (export "ring" (func $ring))))))
      (func (export "run") (result u32) (canon lift (core func $core "run"))))"""


def storing() -> str:
    """`remember` puts a number into the store `default`, `recall` gives it back, or 0.

    Both end in a crash where the store is refused.
    """
    return """(component
      (import "wasi:keyvalue/store@0.2.0-draft2" (instance $store
        (export "bucket" (type $bucket (sub resource)))
        (type $error' (variant (case "no-such-store") (case "access-denied") (case "other" string)))
        (export "error" (type $error (eq $error')))
        (export "open" (func (param "identifier" string) (result (result (own $bucket) (error $error)))))
        (export "[method]bucket.get" (func (param "self" (borrow $bucket)) (param "key" string)
          (result (result (option (list u8)) (error $error)))))
        (export "[method]bucket.set" (func (param "self" (borrow $bucket)) (param "key" string)
          (param "value" (list u8)) (result (result (error $error)))))))
      (core module $memory
        (memory (export "memory") 1)
        (data (i32.const 0) "default")
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
          (global.get $next) (global.set $next (i32.add (global.get $next) (i32.const 64)))))
      (core instance $memory (instantiate $memory))
      (alias core export $memory "memory" (core memory $bytes))
      (alias core export $memory "realloc" (core func $realloc))
      (core func $open (canon lower (func $store "open") (memory $bytes) (realloc $realloc)))
      (core func $get (canon lower (func $store "[method]bucket.get") (memory $bytes) (realloc $realloc)))
      (core func $set (canon lower (func $store "[method]bucket.set") (memory $bytes) (realloc $realloc)))
      (core module $core
        (import "memory" "memory" (memory 1))
        (import "store" "open" (func $open (param i32 i32 i32)))
        (import "store" "get" (func $get (param i32 i32 i32 i32)))
        (import "store" "set" (func $set (param i32 i32 i32 i32 i32 i32)))
        (func $bucket (result i32)
          (call $open (i32.const 0) (i32.const 7) (i32.const 64))
          (if (i32.load8_u (i32.const 64)) (then unreachable))
          (i32.load (i32.const 68)))
        (func (export "remember") (param i32)
          (i32.store8 (i32.const 32) (local.get 0))
          (call $set (call $bucket) (i32.const 0) (i32.const 3) (i32.const 32) (i32.const 1) (i32.const 128))
          (if (i32.load8_u (i32.const 128)) (then unreachable)))
        (func (export "recall") (result i32)
          (call $get (call $bucket) (i32.const 0) (i32.const 3) (i32.const 192))
          (if (i32.load8_u (i32.const 192)) (then unreachable))
          (if (result i32) (i32.load8_u (i32.const 196))
            (then (i32.load8_u (i32.load (i32.const 200))))
            (else (i32.const 0)))))
      (core instance $core (instantiate $core
        (with "memory" (instance $memory))
        (with "store" (instance
          (export "open" (func $open)) (export "get" (func $get)) (export "set" (func $set))))))
      (func (export "remember") (param "n" u32) (canon lift (core func $core "remember")))
      (func (export "recall") (result u32) (canon lift (core func $core "recall"))))"""


def saying(**texts: str) -> str:
    """Functions that give a text; `render` takes one."""
    data, core, lifted = "", "", ""
    for index, (name, text) in enumerate(texts.items()):
        place, content = 64 + 1024 * index, text.encode()
        head = (place + 8).to_bytes(4, "little") + len(content).to_bytes(4, "little")
        escaped = "".join(f"\\{byte:02x}" for byte in head + content)
        data += f'(data (i32.const {place}) "{escaped}")'
        takes, given = ("(param i32 i32)", '(param "text" string)') if name == "render" else ("", "")
        core += f'(func (export "{name}") {takes} (result i32) (i32.const {place}))'
        lifted += f"""(func (export "{name}") {given} (result string) (canon lift (core func $core "{name}")
          (memory $bytes) (realloc $realloc)))"""
    core = f"""(memory (export "memory") 1) {data}
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 32768)) {core}"""
    aliases = """(alias core export $core "memory" (core memory $bytes))
      (alias core export $core "realloc" (core func $realloc))"""
    return component(core, aliases + lifted)
