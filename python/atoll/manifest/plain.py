"""Model classes back into plain values: what one would write in TOML or JSON, defaults left out."""

from functools import cache
from typing import Any

import msgspec

from atoll.manifest.fields import rest_field


def plain(value: Any) -> Any:
    """Dicts, lists and scalars instead of model classes. A key whose value is its default is left out."""
    if isinstance(value, msgspec.Struct):
        return _struct(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _struct(value: msgspec.Struct) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    rest = rest_field(type(value))
    for entry in _fields(type(value)):
        item = getattr(value, entry.name)
        if entry.name == rest:
            fields |= plain(item)
        elif not _is_default(entry, item):
            fields[entry.name] = plain(item)
    return fields


@cache
def _fields(cls: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Those of a class: to ask for them takes longer than all else."""
    return msgspec.structs.fields(cls)


def _is_default(entry: msgspec.structs.FieldInfo, item: Any) -> bool:
    if entry.default_factory is not msgspec.NODEFAULT:
        return bool(item == entry.default_factory())
    return entry.default is not msgspec.NODEFAULT and bool(item == entry.default)
