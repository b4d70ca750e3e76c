"""Components of a few lines, in text form."""

BELL = "acme:bell/bell"
FOREVER = "(loop $forever (br $forever))"


def component(core: str, functions: str) -> bytes:
    """A core module with these fields, and what is made of it; `$core` is its instance."""
    return f"(component (core module $core {core}) (core instance $core (instantiate $core)) {functions})".encode()


def plain(core: str, *names: str) -> bytes:
    """A world of functions that take nothing and give nothing."""
    lifted = "".join(f'(func (export "{name}") (canon lift (core func $core "{name}")))' for name in names)
    return component(core, lifted)


def number(value: int, name: str = "number") -> str:
    """A field of a core module: a function that gives this number."""
    return f'(func (export "{name}") (result i32) (i32.const {value}))'


def lifted_number(name: str = "number") -> str:
    """Its export."""
    return f'(func (export "{name}") (result u32) (canon lift (core func $core "{name}")))'


def interfaces(*names: str) -> bytes:
    """Exports interfaces, each with a function `number` that gives the interface's position, from 0."""
    core = "".join(number(value, f"number-{value}") for value in range(len(names)))
    made = "".join(
        f'(func $number{value} (result u32) (canon lift (core func $core "number-{value}")))'
        f'(instance $interface{value} (export "number" (func $number{value})))'
        f'(export "{name}" (instance $interface{value}))'
        for value, name in enumerate(names)
    )
    return component(core, made)


def ringing(body: str, fields: str = "", *, start: str = "") -> bytes:
    """Exports `run`, which calls its host's `ring` of `acme:bell/bell`, then does `body`; and `nop`."""
    return f"""(component
  (import "{BELL}" (instance $bell (export "ring" (func))))
  (core func $ring (canon lower (func $bell "ring")))
  (core module $core
    (import "bell" "ring" (func $ring))
    {fields}
    (func (export "nop"))
    (func (export "run") (call $ring) {body}) {start})
  (core instance $core (instantiate $core (with "bell" (instance (export "ring" (func $ring))))))
  (func (export "run") (canon lift (core func $core "run")))
  (func (export "nop") (canon lift (core func $core "nop"))))""".encode()
