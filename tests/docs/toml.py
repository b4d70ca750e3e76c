"""Holds TOML of a page against the format that it is said to have, or that its tables tell."""

import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from atoll.manifest.document import Document
from atoll.runtime import config
from tests.docs.blocks import Block

_MANIFEST = {"application", "component", "spin_manifest_version", "trigger", "variables"}


def check(block: Block, folder: Path) -> None:
    """Raises what is wrong with it: no TOML, unknown keys, values that cannot be."""
    written = tomllib.loads(block.text)
    name = Path(block.file or "").name
    if {"spin_version", "spin_manifest_version"} & set(written):
        Document.parse(block.text)
    elif name == "spin.toml" or (not name and set(written) <= _MANIFEST):
        Document.parse(tomli_w.dumps(_whole(written)))
    elif not name or "runtime" in name:
        file = folder / "checked.toml"
        file.write_text(block.text, "utf-8")
        config.load(file)
        file.unlink()


def _whole(written: dict[str, Any]) -> dict[str, Any]:
    """A part of a manifest, with what every manifest has."""
    whole = {"spin_manifest_version": 2, "trigger": {}, **written}
    whole["application"] = {"name": "page", **written.get("application", {})}
    components = written.get("component", {})
    whole["component"] = {name: {"source": "page.wasm", **component} for name, component in components.items()}
    return whole
