"""An app with lock files of four languages, and schemas to hold its bills against."""

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from tests.support import built

CARGO = """\
version = 4
[[package]]
name = "front"
version = "0.1.0"
dependencies = ["serde", "syn 2.0.1"]
[[package]]
name = "serde"
version = "1.0.200"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "ddc6f9cc94d67c0e21aaf7eda3a010fd3af78ebf6e096aa6e2e13c79749cce4f"
dependencies = ["syn 1.0.9"]
[[package]]
name = "syn"
version = "1.0.9"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "syn"
version = "2.0.1"
source = "git+https://example.com/syn#abc"
"""
INTEGRITY = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
NPM = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "x", "dependencies": {"@scope/a": "^1"}, "devDependencies": {"tool": "1"}},
        "node_modules/@scope/a": {
            "version": "1.2.3",
            "integrity": INTEGRITY,
            "dependencies": {"b": "^2"},
        },
        "node_modules/@scope/a/node_modules/b": {"version": "2.0.0", "optionalDependencies": {"c": "*"}},
        "node_modules/b": {"version": "1.0.0"},
        "node_modules/c": {"version": "3.0.0-rc.1"},
        "node_modules/tool": {"version": "9.9.9", "dev": True},
    },
}
UV = """\
version = 1
[[package]]
name = "mine"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "typing-extensions" }]
[[package]]
name = "typing_extensions"
version = "4.15.0"
source = { registry = "https://pypi.org/simple" }
"""
GO = """\
module example/orders
go 1.24
require example.com/direct v1.2.3
require (
	example.com/other/v2 v2.0.0 // indirect
	example.com/replaced v0.1.0
	example.com/folder v0.1.0
)
replace example.com/replaced => example.com/fork v0.2.0
replace example.com/folder => ../folder
"""


def write(folder: Path) -> Path:
    """The manifest; each component has a folder with one lock file, and two of them are the same wasm."""
    files = {
        "front/Cargo.lock": CARGO,
        "page/package-lock.json": json.dumps(NPM),
        "text/uv.lock": UV,
        "orders/go.mod": GO,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    guests = {"front": "rust-http", "page": "js-http", "text": "python-http", "orders": "go-http"}
    text = 'spin_manifest_version = 2\napplication = { name = "shop", version = "1.2.0" }\n[trigger]\n'
    for name, guest in guests.items():
        text += f'[component.{name}]\nsource = "{built(guest)}"\n'
        text += f'[component.{name}.build]\ncommand = "true"\nworkdir = "{name}"\n'
    text += f'[component.front.dependencies]\n"acme:parts/a" = {{ path = "{built("c-plugin")}" }}\n'
    file = folder / "spin.toml"
    file.write_text(text)
    return file


@cache
def _cyclonedx() -> Draft7Validator:
    folder = resources.files("cyclonedx.schema._res")
    names = {"bom-1.6": "bom-1.6", "spdx": "spdx", "jsf-0.82": "jsf-0.82", "cryptography-defs": "cryptography-defs"}
    loaded = {name: json.loads((folder / f"{file}.SNAPSHOT.schema.json").read_text()) for name, file in names.items()}
    registry: Registry[Any] = Registry()
    for name, schema in loaded.items():
        resource = Resource.from_contents(schema)
        registry = registry.with_resources([(f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", resource)])
    return Draft7Validator(loaded["bom-1.6"], registry=registry)


def wrong_in_cyclonedx(document: Any) -> list[str]:
    """What the official schema says against it."""
    return [f"{error.json_path}: {error.message}" for error in _cyclonedx().iter_errors(document)]


def wrong_in_spdx(document: Any) -> list[str]:
    """What the reference implementation says against it."""
    parsed = JsonLikeDictParser().parse(document)  # type: ignore[no-untyped-call]
    return [one.validation_message for one in validate_full_spdx_document(parsed)]
