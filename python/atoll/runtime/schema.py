"""The runtime config as JSON Schema (draft 2020-12), for editors.

Made from what reads it: the tables of backends are those of the providers that are installed here. Of one whose client
is missing every key is taken.
"""

from typing import Any

from atoll.manifest.schema import Writer
from atoll.runtime import backends
from atoll.runtime.config import RuntimeConfig

_TYPE = "Who answers: `atoll caps` lists them."


def schema() -> dict[str, Any]:
    """The JSON Schema of the file of `--runtime-config-file`."""
    writer = Writer()
    root = writer.of(RuntimeConfig)
    keys = writer.definitions["RuntimeConfig"]["properties"]
    for room, key in backends.LABELLED.items():
        keys[key]["additionalProperties"] = _backend(writer, room)
    for room, key in backends.OUTBOUND.items():
        # Without a type it is the room's own, and an empty table says nothing.
        keys[key] = {"description": keys[key]["description"], **_backend(writer, room, backends.usual_type(room))}
    for key in ("variables_provider", "config_provider"):
        keys[key]["items"] = _backend(writer, "variables")
    return writer.document("runtime config", "What the operator of an app says: backends, network, limits.", root)


def _backend(writer: Writer, room: str, usual: str | None = None) -> dict[str, Any]:
    """The table of one backend: the keys of the kind that its `type` names, which the `usual` one may leave out."""
    names = []
    for kind, config in backends.kinds(room).items():
        body: dict[str, Any] = {"type": "object", "properties": {}} if config is None else writer.body(config)
        needed = [*body.get("required", []), *([] if kind == usual else ["type"])]
        body["properties"] = {"type": {"const": kind, "description": _TYPE}, **body["properties"]}
        body.setdefault("description", "Its client is not installed here.")
        name = f"{room}.{kind}"
        writer.definitions[name] = body | ({"required": needed} if needed else {})
        names.append(name)
    empty = [] if usual is None else [{"type": "object", "maxProperties": 0}]
    return {"anyOf": [*({"$ref": f"#/$defs/{name}"} for name in names), *empty]}
