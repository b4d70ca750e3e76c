"""How a class, a function or a value looks: a stub, as a `.pyi` file would have it."""

from collections.abc import Iterator
from typing import Any

import griffe

_DECORATORS = (
    *("property", "classmethod", "staticmethod", "contextmanager", "asynccontextmanager", "dataclass"),
    "pytest.fixture",
)
_LONGEST_VALUE = 60


def stub(item: griffe.Object, made: griffe.Function | None = None) -> str:
    """The code of an entry. Of a class: its fields, and how it is made, if that is told."""
    if isinstance(item, griffe.Class):
        return _class(item, made)
    return _function(item) if isinstance(item, griffe.Function) else _value(item)


def members(item: griffe.Class) -> list[griffe.Object]:
    """Methods and properties that have an entry of their own, in the order of the source."""
    own = [each for each in item.members.values() if isinstance(each, griffe.Object)]
    return [each for each in own if _is_entry(each)]


def fields(item: griffe.Class) -> list[griffe.Attribute]:
    """What the class itself says of its values: fields, the members of an enum."""
    return [each for each in _attributes(item) if not _is_made(each, item)]


def kept(item: griffe.Class) -> list[griffe.Attribute]:
    """What an object keeps, if the class tells of it, be it by name alone."""
    told = item.docstring.value if item.docstring else ""
    mine = (each for each in _attributes(item) if _is_made(each, item))
    return [each for each in mine if f"`{each.name}`" in told or f"{each.name}: " in told]


def constructor(item: griffe.Class) -> griffe.Function | None:
    """The class's own, as it is written; that of a dataclass is made of its fields."""
    made = item.members.get("__init__")
    return made if isinstance(made, griffe.Function) and "dataclass" not in item.labels else None


def _attributes(item: griffe.Class) -> Iterator[griffe.Attribute]:
    for each in item.members.values():
        if isinstance(each, griffe.Attribute) and "property" not in each.labels and not each.name.startswith("_"):
            yield each


def _is_made(attribute: griffe.Attribute, item: griffe.Class) -> bool:
    """Whether a method sets it."""
    line = attribute.lineno or 0
    methods = (each for each in item.members.values() if isinstance(each, griffe.Function))
    return any((each.lineno or 0) < line <= (each.endlineno or 0) for each in methods)


def _is_entry(item: griffe.Object) -> bool:
    if not isinstance(item, griffe.Function) and "property" not in item.labels:
        return False
    # What `with`, `in` and `[]` do needs no entry, unless somebody thought it did.
    is_special = item.name.startswith("__") and item.name != "__init__" and item.docstring is not None
    return is_special or not item.name.startswith("_")


def _class(item: griffe.Class, made: griffe.Function | None) -> str:
    bases = ", ".join([*map(str, item.bases), *(f"{key}={of}" for key, of in item.keywords.items())])
    body = [*map(_value, fields(item)), *(_kept(each, item) for each in kept(item))]
    body += [] if made is None else [_function(made)]
    lines = [line for part in body for line in part.splitlines()] or ["..."]
    head = f"{_decorators(item.decorators)}class {item.name}{f'({bases})' if bases else ''}:\n"
    return head + "".join(f"    {line}\n" for line in lines)


def _value(item: griffe.Object) -> str:
    assert isinstance(item, griffe.Attribute)
    if "property" in item.labels:
        return f"@property\ndef {item.name}(self) -> {item.annotation}: ...\n"
    value = "" if item.value is None else str(item.value)
    value = "..." if value.startswith("field(") else value
    given = f" = {value}" if value and len(value) <= _LONGEST_VALUE else ""
    return f"{item.name}{_annotated(item.annotation)}{given}\n"


def _kept(item: griffe.Attribute, of: griffe.Class) -> str:
    made = of.members.get("__init__")
    given = made.parameters if isinstance(made, griffe.Function) else ()
    told = {one.name: one.annotation for one in given}.get(str(item.value))
    return f"{item.name}{_annotated(item.annotation or told or 'Any')}\n"


def _function(item: griffe.Function) -> str:
    word = "async def" if "async" in item.labels else "def"
    returns = f" -> {item.returns}" if item.returns is not None else ""
    return f"{_decorators(item.decorators)}{word} {item.name}({', '.join(_parameters(item))}){returns}: ...\n"


def _decorators(given: list[griffe.Decorator]) -> str:
    told = (str(one.value) for one in given)
    return "".join(f"@{one}\n" for one in told if one.partition("(")[0] in _DECORATORS)


def _parameters(item: griffe.Function) -> Iterator[str]:
    kinds = griffe.ParameterKind
    before: griffe.ParameterKind | None = None
    for one in item.parameters:
        if before is kinds.positional_only and one.kind is not before:
            yield "/"
        if one.kind is kinds.keyword_only and before not in (one.kind, kinds.var_positional):
            yield "*"
        stars = {kinds.var_positional: "*", kinds.var_keyword: "**"}.get(one.kind, "") if one.kind else ""
        default = "" if stars or one.default is None else f" = {one.default}"
        yield f"{stars}{one.name}{_annotated(one.annotation)}{default}"
        before = one.kind
    if before is kinds.positional_only:
        yield "/"


def _annotated(annotation: Any) -> str:
    return "" if annotation is None else f": {annotation}"
