"""The manifest: `spin.toml`, versions 1 and 2, read into typed values with the place of each.

`Document.load` reads, normalises and checks; `upgrade` writes version 1 as version 2; `schema` describes the format.
Every problem is a `atoll.errors.UserError` with file, line and column, and all of them come at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atoll.manifest.document import Document
    from atoll.manifest.model import Manifest

__all__ = ["Document", "Manifest"]

# Whoever needs the units of a size need not wait for all of the format.
_FOUND_IN = {"Document": "document", "Manifest": "model"}


def __getattr__(name: str) -> Any:
    if name not in _FOUND_IN:
        raise AttributeError(f"module 'atoll.manifest' has no attribute {name!r}")
    return getattr(import_module(f"atoll.manifest.{_FOUND_IN[name]}"), name)
