"""A folder with the files that the pages name, where Python finds modules."""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atoll.extism import HOST_FN_REGISTRY
from tests.plugins import wat
from tests.support import ROOT, answering, built, write_app

GUESTS = {
    "crm.wasm": "c-crm",
    "plugins/crm.wasm": "c-crm",
    "image_processor.wasm": "c-images",
    "plugins/image-resize.wasm": "c-images",
    "plugins/weather.wasm": "c-images",
    "acme_images/core.wasm": "c-images",
    "filter.wasm": "core-module",
    "vowels.wasm": "extism-rust",
    "hello.wasm": "c-http",
    "tool.wasm": "c-cli-p1",
}
MARKDOWN = ROOT / "examples/plugins/plugins/markdown.wasm"
PHOTO = b"P6\n640 480\n255\n" + bytes(range(256)) * 3600


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    if not MARKDOWN.exists():
        pytest.skip("the example's plugin markdown is not built: make guests")
    for name, guest in GUESTS.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        shutil.copy(built(guest), file)
    for name in ("markdown.wasm", "plugins/markdown.wasm"):
        shutil.copy(MARKDOWN, tmp_path / name)
    for digit, name in enumerate(("index", "spelling")):
        (tmp_path / f"plugins/{name}.wat").write_text(wat.appending(digit))
    (tmp_path / "photo.ppm").write_bytes(PHOTO)
    write_app(tmp_path, answering("c-http"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(os.fspath(tmp_path))
    before, functions = set(sys.modules), [*HOST_FN_REGISTRY]
    yield tmp_path
    HOST_FN_REGISTRY[:] = functions
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    importlib.invalidate_caches()
