"""Apps that travel, and what they are told apart by."""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from atoll.app import App
from atoll.lock import LockSettings
from atoll.packages.oci.applications import of_app
from atoll.packages.oci.artifact import Artifact

# The smallest component, and others that are not the same.
COMPONENT = b"\0asm\x0d\0\x01\0"
EVERYTHING = """
version = "1.2.3"
description = "All that a manifest can say"
authors = ["Anna <anna@example.com>"]

[application.trigger.redis]
address = "redis://127.0.0.1:6379"

[variables]
token = { required = true, secret = true, description = "who" }
color = { default = "blue" }

[[trigger.http]]
id = "front"
route = "/front/..."
component = "one"

[[trigger.http]]
id = "back"
route = "/back"
component = "one"
dependencies.middleware = [{ component = "guard", inherit_configuration = ["variables"] }, { path = "m.wasm" }]

[[trigger.http]]
route = { private = true }
component = "two"

[[trigger.http]]
route = "/fixed"
static_response = { status_code = 204, headers = { x-a = "b" } }

[[trigger.redis]]
channel = "news"
component = "two"

[component.one]
source = "one.wasm"
description = "The first"
environment = { LEVEL = "info", EMPTY = "" }
variables = { color = "{{ color }}" }
files = ["static/**/*", { source = "data.txt", destination = "below/copy.txt" }]
exclude_files = ["static/left-out.txt"]
allowed_outbound_hosts = ["https://*.example.com:443", "http://two.spin.internal"]
key_value_stores = ["default"]
sqlite_databases = ["main"]
ai_models = ["llama2-chat"]
build = { command = "make one", watch = ["*.c"] }

[component.one.tool.atoll]
blobstores = ["images"]
messaging = ["broker:topic.*"]
snapshot = true
limits = { deadline = "5s", memory = "64MiB", concurrency = 3 }
quotas = { value_bytes = "1MiB" }
reuse = { max_requests = 10, idle = "2s" }

[component.one.dependencies]
"acme:parts/bell@0.1.0" = { path = "bell.wasm", inherit_configuration = true }
plain = { component = "two", export = "plain" }

[component.two]
source = "two.wasm"
dependencies."acme:parts/horn" = { path = "bell.wasm", export = "acme:parts/bell" }

[component.guard]
source = "m.wasm"
"""


def write_everything(folder: Path) -> Path:
    """An app that says all that a manifest can say, with wasm files that are not run."""
    for number, name in enumerate(("one", "two", "m", "bell")):
        # A custom section of its own makes each another file.
        (folder / f"{name}.wasm").write_bytes(COMPONENT + bytes([0, 2, 1, number]))
    (folder / "static" / "deep" / "er").mkdir(parents=True)
    (folder / "static" / "large.bin").write_bytes(bytes(1000))
    (folder / "static" / "same.bin").write_bytes(bytes(1000))
    (folder / "static" / "deep" / "er" / "ünder näme.txt").write_text("small")
    (folder / "static" / "empty").touch()
    (folder / "static" / "left-out.txt").write_text("no")
    (folder / "data.txt").write_text("data" * 100)
    manifest = folder / "spin.toml"
    manifest.write_text(f'spin_manifest_version = 2\n[application]\nname = "everything"{EVERYTHING}', "utf-8")
    return manifest


def locked(manifest: Path, folder: Path) -> dict[str, Any]:
    """The locked app; what it is made of goes into `folder`."""
    return App.load(manifest).lock(LockSettings(working_directory=folder))


def artifact_of(manifest: Path, folder: Path, *, archived: bool = False) -> Artifact:
    return of_app(locked(manifest, folder), folder, {}, archived=archived)


def essence(value: Any) -> Any:
    """A locked app without where it is: files by content, neither origin nor build, and what has ids sorted."""
    if isinstance(value, list):
        items = [essence(item) for item in value]
        return (
            sorted(items, key=lambda one: one["id"])
            if items and isinstance(items[0], dict) and "id" in items[0]
            else items
        )
    if not isinstance(value, dict):
        return value
    found = {key: essence(item) for key, item in value.items() if key not in ("origin", "build")}
    source = found.get("source")
    if isinstance(source, str) and source.startswith("file:"):
        found["source"] = _content(Path(unquote(urlsplit(source).path)))
    if found.get("metadata") == {}:
        del found["metadata"]
    return found


def _content(path: Path) -> Any:
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    files = (file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
