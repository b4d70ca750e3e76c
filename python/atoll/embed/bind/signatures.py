"""Reads the functions and types of a WIT text."""

from atoll.embed.bind.tokens import Tokens
from atoll.embed.bind.wit import Function, Type

_KINDS = frozenset(
    [
        "bool",
        "char",
        "string",
        "error-context",
        "s8",
        "s16",
        "s32",
        "s64",
        "u8",
        "u16",
        "u32",
        "u64",
        "f32",
        "f64",
        "list",
        "option",
        "result",
        "tuple",
        "stream",
        "future",
        "map",
        "own",
        "borrow",
    ]
)


def read_resource(tokens: Tokens) -> tuple[Function, ...]:
    """The functions of a resource, up to its end."""
    functions: list[Function] = []
    if tokens.took(";"):
        return ()
    tokens.take("{")
    while not tokens.took("}"):
        docs = tokens.comment()
        if tokens.took("constructor"):
            functions.append(Function("", _parameters(tokens), _result(tokens), False, "constructor", docs))
        else:
            name = tokens.name()
            tokens.take(":")
            role = "static" if tokens.took("static") else "method"
            functions.append(read_function(tokens, name, docs, role))
        tokens.take(";")
    return tuple(functions)


def read_function(tokens: Tokens, name: str, docs: str, role: str = "function") -> Function:
    """A function behind its name."""
    is_async = tokens.took("async")
    tokens.take("func")
    return Function(name, _parameters(tokens), _result(tokens), is_async, role, docs)


def _parameters(tokens: Tokens) -> tuple[tuple[str, Type], ...]:
    found: list[tuple[str, Type]] = []

    def one() -> None:
        name = tokens.name()
        tokens.take(":")
        found.append((name, read_type(tokens)))

    tokens.take("(")
    tokens.separated(")", one)
    return tuple(found)


def _result(tokens: Tokens) -> Type | None:
    return read_type(tokens) if tokens.took("->") else None


def read_type(tokens: Tokens) -> Type:
    """A type. A handle of a resource is the resource, whether it changes hands or not."""
    is_escaped = tokens.text.startswith("%")
    name = tokens.name()
    if is_escaped or name not in _KINDS:
        return Type("named", name=name)
    if not tokens.took("<"):
        return Type(name)
    of: list[Type | None] = []
    tokens.separated(">", lambda: of.append(_argument(tokens)))
    if name in ("own", "borrow"):
        return of[0] or tokens.refuse()
    return Type("fixed-list" if name == "list" and len(of) > 1 else name, tuple(of))


def _argument(tokens: Tokens) -> Type | None:
    if tokens.took("_"):
        return None
    if tokens.kind == "number":
        tokens.advance()
        return None
    return read_type(tokens)
