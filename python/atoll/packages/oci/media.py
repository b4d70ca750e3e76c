"""Media types: of Spin's artifacts, of the CNCF's wasm artifacts, of container images."""

from typing import Literal

Packing = Literal["none", "gzip", "zstd"]
"""How a tar archive is compressed."""

SPIN_APP = "application/vnd.fermyon.spin.application.v1+config"
DATA = "application/vnd.wasm.content.layer.v1+data"
ARCHIVE = "application/vnd.wasm.content.bundle.v1.tar+gzip"
SPIN_WASM = "application/vnd.wasm.content.layer.v1+wasm"
WASM = "application/wasm"
WASM_CONFIG = "application/vnd.wasm.config.v0+json"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"

WASMS = frozenset(
    {
        WASM,
        SPIN_WASM,
        "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
        "application/vnd.module.wasm.content.layer.v1+wasm",
    }
)
TARS: dict[str, Packing] = {
    "application/vnd.oci.image.layer.v1.tar": "none",
    "application/vnd.docker.image.rootfs.diff.tar": "none",
    ARCHIVE: "gzip",
    "application/vnd.oci.image.layer.v1.tar+gzip": "gzip",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd": "zstd",
    "application/vnd.docker.image.rootfs.diff.tar.zstd": "zstd",
}
"""Archives, and layers of images."""
