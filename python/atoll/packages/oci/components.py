"""A single wasm file as the CNCF's wasm artifact: a component, a module, or a package of interfaces."""

from pathlib import Path
from typing import Any

import msgspec

from atoll.errors import UserError
from atoll.host import core
from atoll.packages.oci import media
from atoll.packages.oci.artifact import Artifact, annotated, artifact, created_at
from atoll.registry.blobs import Blob

_MODULE = b"\0asm\x01\0\0\0"
_COMPONENT = b"\0asm\x0d\0\x01\0"
# The configuration has to name a time, and the same file shall have the same artifact.
_NO_TIME = "1970-01-01T00:00:00Z"


def of_wasm(path: Path, annotations: dict[str, str], *, title: str, version: str = "") -> Artifact:
    """The artifact of a wasm file. Raises UserError `artifact-unreadable` for a file that is none."""
    layer = Blob.of(path, media.WASM)
    is_component = _is_component(path)
    config: dict[str, Any] = {
        "created": created_at() or _NO_TIME,
        "author": None,
        "architecture": "wasm",
        "os": "wasip2" if is_component else "wasip1",
        "layerDigests": [layer.descriptor.digest],
        "component": _surface(path) if is_component else None,
    }
    described = Blob.of(msgspec.json.encode(config), media.WASM_CONFIG)
    return artifact(described, [layer], annotated(annotations, title=title, version=version))


def _is_component(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(8)
    if head not in (_MODULE, _COMPONENT):
        raise UserError(
            "artifact-unreadable",
            f"{path} is not a wasm module or component",
            "push a .wasm file, or an app by its spin.toml",
        )
    return head == _COMPONENT


def _surface(path: Path) -> dict[str, Any]:
    found = core.surface(str(path))
    return {"exports": found.exports, "imports": [one.name for one in found.imports], "target": None}
