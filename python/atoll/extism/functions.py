"""Host functions: of given types, or of types that annotations tell."""

import inspect
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from atoll.extism.current import CurrentPlugin
from atoll.extism.kernel import USER
from atoll.extism.values import Val, ValType, reader, writer

Signature = tuple[list[ValType], list[ValType]]
_WORDS = {ValType.I32: "i32", ValType.I64: "i64", ValType.F32: "f32", ValType.F64: "f64", ValType.V128: "v128",
          ValType.FUNC_REF: "funcref", ValType.EXTERN_REF: "externref"}  # fmt: skip
_NUMBERS = {int: ValType.I64, float: ValType.F64, bool: ValType.I32}

HOST_FN_REGISTRY: "list[Function]" = []
"""Every function that `host_fn` has decorated in this process: what plug-ins get where `functions` is left out."""


class Function:
    """A host function: its name and namespace, the numbers of its types, and who answers."""

    def __init__(
        self, namespace: str | None, name: str, signature: Signature, f: Callable[..., Any], user_data: Any
    ) -> None:
        self.namespace = namespace or USER
        self.name = name
        self.args = [one.value for one in signature[0]]
        self.returns = [one.value for one in signature[1]]
        self.pointer = None
        self._signature = signature
        self._numbers = [float if one in (ValType.F32, ValType.F64) else int for one in signature[1]]
        self._f = f
        self.user_data = [user_data] if isinstance(user_data, bytes) else list(user_data or [])

    @cached_property
    def type(self) -> str:
        """Its type in WebAssembly's text form."""
        parts = zip(("param", "result"), self._signature, strict=True)
        return (
            "(func"
            + "".join(f" ({word} {' '.join(_WORDS[one] for one in kinds)})" for word, kinds in parts if kinds)
            + ")"
        )

    def answer(self, plugin: CurrentPlugin, arguments: tuple[Any, ...]) -> Any:
        """Call it with a guest's numbers; a number for each result."""
        takes, gives = self._signature
        params = list(map(Val, takes, arguments))
        results = [Val(kind, 0) for kind in gives]
        self._f(plugin, params, results, *self.user_data)
        plugin.flush()
        values = [number(one.value) for number, one in zip(self._numbers, results, strict=True)]
        return values[0] if len(values) == 1 else tuple(values) or None


class ExplicitFunction(Function):
    """A host function whose types are given."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself."""
        return self._f(*args, **kwargs)


class TypeInferredFunction(Function):
    """A host function whose types its annotations tell."""

    def __init__(self, namespace: str | None, name: str, f: Callable[..., Any], user_data: Any) -> None:
        hints = get_type_hints(f, include_extras=True)
        if not hints:
            raise TypeError("Host function must include Python type annotations or explicitly list arguments.")
        returned = hints.pop("return", ())
        takes_plugin = next(iter(hints.values()), None) is CurrentPlugin
        kept = list(hints.items())[takes_plugin:]
        unknown = [one for one in _parameters(f)[takes_plugin:] if one not in dict(kept)]
        if unknown:
            raise TypeError(f"Could not infer input type for argument {unknown[0]}")
        takes = [_taken(name, kind) for name, kind in kept]
        one_each = get_origin(returned) is tuple
        gives = [_given(one) for one in (get_args(returned) if one_each else [] if returned == () else [returned])]
        self._plain = f

        def called(plugin: CurrentPlugin, params: list[Val], results: list[Val], *data: Any) -> None:
            read = [take(plugin, one) for (_, take), one in zip(takes, params, strict=True)]
            value = f(*([plugin] if takes_plugin else []), *read, *data)
            values: Iterable[Any] = value if one_each else [value] * len(gives)
            for (_, give), result, one in zip(gives, results, values, strict=True):
                give(plugin, result, one)

        super().__init__(namespace, name, ([kind for kind, _ in takes], [kind for kind, _ in gives]), called, user_data)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function itself."""
        return self._plain(*args, **kwargs)


def host_fn(
    name: str | None = None,
    namespace: str | None = None,
    signature: Signature | None = None,
    user_data: bytes | list[Any] | None = None,
) -> Callable[[Callable[..., Any]], Function]:
    """A decorator that makes a host function, and enters it into the registry of this process.

    With `signature` the function is called as `f(current_plugin, params, results, *user_data)`. Else its annotations
    tell the types, and a first parameter that is annotated `CurrentPlugin` gets that. Raises TypeError for types that
    cannot be told.
    """

    def decorated(f: Callable[..., Any]) -> Function:
        called = name or f.__name__
        made: Function = (
            TypeInferredFunction(namespace, called, f, user_data)
            if signature is None
            else ExplicitFunction(namespace, called, signature, f, user_data)
        )
        HOST_FN_REGISTRY.append(made)
        return made

    return decorated


def _parameters(f: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(f).parameters)


def _codec(kind: Any) -> Any:
    return get_args(kind)[1] if get_origin(kind) is Annotated else None


def _taken(name: str, kind: Any) -> tuple[ValType, Callable[[CurrentPlugin, Val], Any]]:
    if kind is str:
        return ValType.PTR, CurrentPlugin.input_string
    if kind is bytes:
        return ValType.PTR, CurrentPlugin.input_bytes
    if isinstance(kind, type) and kind in _NUMBERS:
        return _NUMBERS[kind], lambda _, value: kind(value.value)
    codec = _codec(kind)
    if codec is None:
        raise TypeError(f"Could not infer input type for argument {name}")
    read = reader(codec)
    return ValType.PTR, lambda plugin, value: read(plugin.input_bytes(value))


def _given(kind: Any) -> tuple[ValType, Callable[[CurrentPlugin, Val, Any], None]]:
    if kind is str:
        return ValType.PTR, CurrentPlugin.return_string
    if kind is bytes:
        return ValType.PTR, CurrentPlugin.return_bytes
    if kind is int:
        # As extism has it: a block, not the number.
        return ValType.PTR, lambda plugin, result, value: plugin.return_bytes(
            result, value.to_bytes(8, "little", signed=value < 0)
        )
    if kind in (float, bool):
        return _NUMBERS[kind], lambda _, result, value: setattr(result, "value", value)
    codec = _codec(kind)
    if codec is None:
        raise TypeError("Could not infer return type")
    write = writer(codec)
    return ValType.PTR, lambda plugin, result, value: plugin.return_bytes(result, write(value))
