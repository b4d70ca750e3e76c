"""The manifest as JSON Schema (draft 2020-12), for editors.

Made from the model, so it cannot disagree with the reader.
"""

from inspect import cleandoc
from typing import Any, get_args, get_origin

import msgspec

from atoll.manifest import http, model
from atoll.manifest.fields import (
    Choice,
    Doc,
    Quantities,
    Rule,
    alternatives,
    hints,
    known_keys,
    required,
    rest_field,
    take_apart,
)
from atoll.manifest.limits import Key
from atoll.manifest.units import Unit

_SCALARS = {str: "string", int: "integer", bool: "boolean", float: "number"}


def schema() -> dict[str, Any]:
    """The JSON Schema of a version 2 manifest, atoll's own keys included."""
    writer = Writer()
    root = writer.of(model.Manifest)
    triggers = writer.definitions["Manifest"]["properties"]["trigger"]
    triggers["properties"] = {"http": {"type": "array", "items": writer.http_trigger()}}
    settings = writer.definitions["Application"]["properties"]["trigger"]
    settings["properties"] = {"http": writer.of(http.HttpApplication)}
    return writer.document("spin.toml", "Manifest of an app, version 2, with the keys of atoll.", root)


class Writer:
    """Writes annotated types as JSON Schema; the classes that they refer to become `definitions`."""

    def __init__(self) -> None:
        self.definitions: dict[str, dict[str, Any]] = {}

    def document(self, title: str, description: str, root: dict[str, Any]) -> dict[str, Any]:
        """The whole schema of a file, whose own is `root`."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": title,
            "description": description,
            **root,
            "$defs": dict(sorted(self.definitions.items())),
        }

    def of(self, annotation: Any) -> dict[str, Any]:
        """The schema of an annotated type."""
        wanted = take_apart(annotation)
        members = alternatives(wanted.kind)
        found = self._kind(members[0]) if len(members) == 1 else {"anyOf": [self.of(member) for member in members]}
        for mark in wanted.marks:
            found |= _of_mark(mark)
        return found

    def http_trigger(self) -> dict[str, Any]:
        """A trigger with the keys of HTTP and no others."""
        self.of(model.Trigger)
        self.of(http.HttpTrigger)
        general, own = self.definitions["Trigger"], self.definitions.pop("HttpTrigger")
        self.definitions["HttpTrigger"] = {
            "type": "object",
            "description": "A route and what answers it.",
            "properties": general["properties"] | own["properties"],
            "required": own["required"],
            "oneOf": [{"required": ["component"]}, {"required": ["static_response"]}],
            "additionalProperties": False,
        }
        return {"$ref": "#/$defs/HttpTrigger"}

    def _kind(self, kind: Any) -> dict[str, Any]:
        if take_apart(kind).marks:
            return self.of(kind)
        if kind is Any:
            return {}
        if get_origin(kind) is list:
            return {"type": "array", "items": self.of(get_args(kind)[0])}
        if get_origin(kind) is dict:
            return self._map(*get_args(kind))
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._struct(kind)
        return {"type": _SCALARS[kind]}

    def _map(self, keys: Any, values: Any) -> dict[str, Any]:
        rule: Rule | None = take_apart(keys).mark(Rule)
        found = {"type": "object", "additionalProperties": self.of(values)}
        return found | {"propertyNames": rule.schema} if rule else found

    def _struct(self, cls: type[msgspec.Struct]) -> dict[str, Any]:
        name = cls.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # a component may hold a component: the name must be known before its body
            self.definitions[name] = self.body(cls)
        return {"$ref": f"#/$defs/{name}"}

    def body(self, cls: type[msgspec.Struct]) -> dict[str, Any]:
        """The schema of a class, in full."""
        types = hints(cls)
        rest = rest_field(cls)
        body: dict[str, Any] = {
            "type": "object",
            "description": cleandoc(cls.__doc__ or ""),
            "properties": {name: self.of(types[name]) for name in known_keys(cls)},
            "additionalProperties": self.of(types[rest])["additionalProperties"] if rest else False,
        }
        needed = required(cls)
        return body | {"required": list(needed)} if needed else body


def _of_mark(mark: Any) -> dict[str, Any]:
    match mark:
        case Doc(text):
            return {"description": text}
        case Rule(schema=extra):
            return dict(extra)
        case Choice(values):
            return {"enum": list(values)}
        case Quantities(keys):
            return {"properties": {key.name: _of_key(key) for key in keys}, "additionalProperties": False}
    return {}


def _of_key(key: Key) -> dict[str, Any]:
    number = {"type": "integer", "minimum": key.minimum, "maximum": key.maximum}
    described = {"description": f"{key.doc} Default: {key.default_text}."}
    if key.unit is Unit.COUNT:
        return described | number | {"default": key.default}
    quantity = {"type": "string", "pattern": rf"^\d+(\.\d+)? ?({'|'.join(key.unit.suffixes)})$"}
    forms = {"anyOf": [number, quantity]} if key.unit is Unit.SIZE else quantity
    return described | forms | {"default": key.default_text}
