"""An app as Spin's artifact: one layer a wasm file, one a static file, and the locked app that names them by digest."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from atoll.errors import UserError
from atoll.packages.oci import archives, media
from atoll.packages.oci.artifact import Artifact, annotated, artifact
from atoll.registry.blobs import Blob

Locked = dict[str, Any]

MAX_LAYERS = 500  # what the smallest of the known registries takes
_INLINE_BYTES = 128  # Spin's own; registries do not all like blobs of a byte or none


class Layers:
    """The layers of one app, as they are found. With `archived`, static files share one a folder."""

    def __init__(self, folder: Path, *, archived: bool) -> None:
        self.found: list[Blob] = []
        self._folder = folder
        self._archived = archived

    def component(self, component: Locked) -> Locked:
        """The component with digests in the place of files."""
        replaced = component | {"source": self._wasm(component["source"])}
        if "files" in component:
            replaced["files"] = [file for mount in component["files"] for file in self._files(mount)]
        if "dependencies" in component:
            replaced["dependencies"] = self._dependencies(component["dependencies"])
        if "trigger_dependencies" in component:
            replaced["trigger_dependencies"] = {
                role: [self._dependency(one) for one in many]
                for role, many in component["trigger_dependencies"].items()
            }
        return replaced

    def _dependencies(self, named: Locked) -> Locked:
        return {name: self._dependency(one) for name, one in named.items()}

    def _dependency(self, one: Locked) -> Locked:
        nested = {"dependencies": self._dependencies(one["dependencies"])} if "dependencies" in one else {}
        return one | {"source": self._wasm(one["source"])} | nested

    def _wasm(self, source: Locked) -> Locked:
        blob = Blob.of(_path(source["source"]), media.SPIN_WASM)
        self.found.append(blob)
        return {"content_type": source["content_type"], "digest": blob.descriptor.digest}

    def _files(self, mount: Locked) -> Iterator[Locked]:
        base = _path(mount["source"])
        below = mount["path"].strip("/")
        for path in sorted(path for path in base.rglob("*") if path.is_file()):
            blob = Blob.of(path, media.DATA)
            name = "/".join(filter(None, (below, path.relative_to(base).as_posix())))
            content = {"digest": blob.descriptor.digest, "path": name}
            if blob.descriptor.size <= _INLINE_BYTES:
                content["inline"] = base64.b64encode(path.read_bytes()).decode()
            elif not self._archived:
                self.found.append(blob)
            yield content
        if self._archived:
            self.found.append(Blob.of(archives.pack(base, self._folder), media.ARCHIVE))


def of_app(locked: Locked, folder: Path, annotations: dict[str, str], *, archived: bool = False) -> Artifact:
    """The artifact of a locked app. Archives are written into `folder`, which must last until it is pushed.

    Static files share layers with `archived`, or where there would be too many otherwise. Raises UserError
    `artifact-unreadable`, `artifact-too-large`.
    """
    layers = Layers(folder, archived=archived)
    components = [layers.component(one) for one in locked["components"]]
    unique = {blob.descriptor.digest for blob in layers.found}
    if len(unique) > MAX_LAYERS - 1:
        if not archived:
            return of_app(locked, folder, annotations, archived=True)
        raise UserError(
            "artifact-too-large",
            f"the app has {len(unique)} wasm files and folders of static files; {MAX_LAYERS - 1} are the most",
            "split it into several apps",
        )
    metadata = {key: value for key, value in locked["metadata"].items() if key != "origin"}
    document = locked | {"metadata": metadata, "components": components}
    app = Blob.of(msgspec.json.encode(document, order="sorted"), media.SPIN_APP)
    return artifact(_config(app), [*layers.found, app], _annotations(metadata, annotations))


def _config(app: Blob) -> Blob:
    """The configuration that container tools look at; it names the app, so that each has an identity of its own."""
    labels = {"com.fermyon.spin.lockedAppDigest": app.descriptor.digest}
    config = {
        "architecture": "wasm",
        "config": {"Labels": labels},
        "os": "wasip1",
        "rootfs": {"diff_ids": [], "type": "layers"},
    }
    return Blob.of(msgspec.json.encode(config), media.IMAGE_CONFIG)


def _annotations(metadata: Locked, given: dict[str, str]) -> dict[str, str]:
    return annotated(
        given,
        title=metadata["name"],
        version=metadata.get("version", ""),
        description=metadata.get("description", ""),
        authors=", ".join(metadata.get("authors", [])),
    )


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
