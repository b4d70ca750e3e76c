"""Containers of objects: `wasi:blobstore` (see README.md in this folder)."""

from atoll.capabilities.blobstore.provider import (
    AccessDenied,
    Container,
    NoSuchObject,
    Object,
    Other,
    Pages,
    Portions,
    Reply,
    Upload,
    check_name,
)

__all__ = [
    "MEMORY",
    "PROVIDERS",
    "AccessDenied",
    "Container",
    "NoSuchObject",
    "Object",
    "Other",
    "Pages",
    "Portions",
    "Reply",
    "Upload",
    "check_name",
]

_FOLDER = "atoll.capabilities.blobstore.providers"

PROVIDERS: dict[str, str] = {
    "azure": f"{_FOLDER}.azure:Azure",
    "gcs": f"{_FOLDER}.gcs:Gcs",
    "local": f"{_FOLDER}.local:Local",
    "s3": f"{_FOLDER}.s3:S3",
}
"""The `type` of each provider, and where it is; what it needs is imported with it."""

MEMORY = f"{_FOLDER}.memory:Memory"
"""What `type = "memory"` stands for."""
