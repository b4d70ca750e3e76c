"""Artifacts as others push them, made by hand."""

import gzip
import io
import json
import sys
import tarfile
from typing import Any

from atoll.packages.oci.artifact import Artifact, artifact
from atoll.packages.oci.pushing import push
from atoll.packages.oci.transfer import Nobody
from atoll.registry.blobs import Blob

from .apps import COMPONENT
from .conftest import Local

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ZSTD_LAYER = "application/vnd.oci.image.layer.v1.tar+zstd"
CONFIG = "application/vnd.oci.image.config.v1+json"
SPIN_APP = "application/vnd.fermyon.spin.application.v1+config"
Entry = tuple[tarfile.TarInfo, bytes]


def file(name: str, content: bytes = b"") -> Entry:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> Entry:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def tar(*entries: Entry, kind: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def layer(*entries: Entry) -> Blob:
    return Blob.of(gzip.compress(tar(*entries), mtime=0), LAYER)


def zstd_layer(*entries: Entry) -> Blob:
    return Blob.of(zstd_of(tar(*entries)), ZSTD_LAYER)


def zstd_of(*parts: bytes, window_log: int = 23) -> bytes:
    """Compressed so that a reader has to keep 2 to the power of `window_log` bytes, at the most."""
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: window_log})
    return b"".join(map(compressor.compress, parts)) + compressor.flush()


def image(*layers: Blob, **run: Any) -> Artifact:
    config = {"architecture": "wasm", "os": "wasip1", "config": {"Entrypoint": ["/app.wasm"], **run}}
    return artifact(Blob.of(json.dumps(config).encode(), CONFIG), layers, {})


def spin_app(files: list[dict[str, Any]], *layers: Blob, **more: Any) -> Artifact:
    """An app of one component, as Spin pushes it."""
    wasm = Blob.of(COMPONENT, "application/vnd.wasm.content.layer.v1+wasm")
    component = {
        "id": "c",
        "source": {"content_type": "application/wasm", "digest": wasm.descriptor.digest},
        "files": files,
        "never_seen_before": 1,
    }
    app = {
        "spin_lock_version": 0,
        "metadata": {"name": "from-spin", "trigger": {"type": "http", "base": "/"}},
        "triggers": [
            {"id": "t", "trigger_type": "http", "trigger_config": {"component": "c", "route": "/...", "x": None}}
        ],
        "components": [component],
        **more,
    }
    config = Blob.of(b"{}", CONFIG)
    return artifact(config, [wasm, *layers, Blob.of(json.dumps(app).encode(), SPIN_APP)], {})


def put(local: Local, made: Artifact, name: str) -> str:
    """Push it; its name."""
    push(local.client, made, local.reference(name), Nobody())
    return name
