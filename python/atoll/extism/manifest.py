"""Manifests: what to load, and what it may use. Keys that are unknown are errors."""

import binascii
import json
import time
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec

from atoll.extism.errors import Error

MOST_FETCHED = 256 << 20
"""Bytes of a module that is loaded from a URL."""
FETCH_SECONDS = 30
"""What it may take to load one."""
_TEXT = (b"(module", b";;", b"(;")
MAIN = "main"


class Memory(msgspec.Struct, forbid_unknown_fields=True):
    """What of memory it may use; see `docs/guides/extism.md`."""

    max_pages: int | None = None
    max_http_response_bytes: int | None = None
    max_var_bytes: int | None = None


class Wasm(msgspec.Struct, forbid_unknown_fields=True):
    """One module: its bytes, or where they are."""

    path: str | None = None
    data: bytes | None = None
    url: str | None = None
    headers: dict[str, str] | None = None
    method: str | None = None
    name: str | None = None
    hash: str | None = None

    def read(self) -> bytes:
        """The module's bytes. Raises Error where they are not there, or others than `hash` says."""
        wasm = self._read()
        digest = sha256(wasm).hexdigest()
        if self.hash is not None and digest != self.hash.lower():
            raise Error(f"Hash mismatch, found {digest} but expected {self.hash}")
        return wasm

    def _read(self) -> bytes:
        if self.data is not None:
            return self.data
        if self.path is not None:
            try:
                return Path(self.path).read_bytes()
            except OSError as error:
                why = "entity not found" if isinstance(error, FileNotFoundError) else error.strerror
                raise Error(f'Unable to load Wasm file "{self.path}": {why}') from error
        return _fetched(str(self.url), self.method or "GET", self.headers or {})


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """A plug-in's manifest."""

    wasm: list[Wasm] = []
    memory: Memory = msgspec.field(default_factory=Memory)
    config: dict[str, str] = {}
    allowed_hosts: list[str] | None = None
    allowed_paths: dict[str, str] | None = None
    timeout_ms: int | None = None

    def modules(self) -> dict[str, bytes]:
        """All modules by name; the one to call is `main`: the only one, the one so named, or else the last."""
        if not self.wasm:
            raise Error("No wasm files specified in Extism manifest")
        found: dict[str, bytes] = {}
        for number, one in enumerate(self.wasm, 1):
            last = number == len(self.wasm)
            name = MAIN if last and MAIN not in found else one.name or MAIN
            if name in found:
                raise Error(f"Duplicate module name found in Extism manifest: {name}")
            found[name] = one.read()
        return found


def manifest(plugin: Any) -> Manifest:
    """What `Plugin` was given: a manifest, or a module as one. Raises Error, or TypeError for what is neither."""
    if isinstance(plugin, dict):
        return _checked(plugin)
    if isinstance(plugin, str):
        try:
            is_file = Path(plugin).is_file()
        except (OSError, ValueError):
            is_file = False
        plugin = Path(plugin).read_bytes() if is_file else plugin.encode()
    if not isinstance(plugin, bytes):
        raise TypeError(f"a plug-in is bytes, text, a dict or a CompiledPlugin, not {type(plugin).__name__}")
    if plugin.startswith(b"\0asm") or plugin.lstrip().startswith(_TEXT):
        return Manifest(wasm=[Wasm(data=plugin)])
    try:
        text = plugin.decode()
    except UnicodeDecodeError:
        raise Error("input bytes aren't valid utf-8") from None
    try:
        return _checked(json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text))
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unknown(str(error)) from error


def _unknown(why: str) -> Error:
    return Error(f"Unknown manifest format: {why}")


def _checked(plain: dict[str, Any]) -> Manifest:
    try:
        made = msgspec.convert(plain, Manifest)
    except (msgspec.ValidationError, binascii.Error) as error:
        raise _unknown(str(error)) from error
    for at, one in enumerate(made.wasm):
        if [one.path, one.data, one.url].count(None) != 2:
            raise _unknown(f"`wasm[{at}]` has one of `path`, `data` and `url`")
    sizes = {**msgspec.structs.asdict(made.memory), "timeout_ms": made.timeout_ms}
    for key, size in sizes.items():
        if size is not None and size < 0:
            raise _unknown(f"`{key}` is negative")
    return made


def _fetched(url: str, method: str, headers: dict[str, str]) -> bytes:
    found = bytearray()
    until = time.monotonic() + FETCH_SECONDS
    try:
        with httpx.stream(method, url, headers=headers, follow_redirects=True, timeout=FETCH_SECONDS) as response:
            response.raise_for_status()
            for portion in response.iter_bytes():
                found += portion
                if len(found) > MOST_FETCHED:
                    raise Error(f"{url} is larger than {MOST_FETCHED} bytes")
                if time.monotonic() > until:
                    raise Error(f"{url} took longer than {FETCH_SECONDS} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Error(f"{url} cannot be loaded: {error}") from error
    return bytes(found)
