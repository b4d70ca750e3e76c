"""A folder with the files that a page takes for granted, where Python finds modules."""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from atoll.extism import HOST_FN_REGISTRY
from tests.packages import install
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
    """Empty, and the working directory; Python's modules of it are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(os.fspath(tmp_path))
    before, functions = set(sys.modules), [*HOST_FN_REGISTRY]
    yield tmp_path
    HOST_FN_REGISTRY[:] = functions
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def furnished(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with an app, plugins and certificates."""
    if not MARKDOWN.exists():
        pytest.skip("the example's plugin markdown is not built: make guests")
    for name, guest in GUESTS.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        shutil.copy(built(guest), file)
    for name in ("markdown.wasm", "plugins/markdown.wasm"):
        shutil.copy(MARKDOWN, folder / name)
    for digit, name in enumerate(("index", "spelling")):
        (folder / f"plugins/{name}.wat").write_text(wat.appending(digit))
    (folder / "photo.ppm").write_bytes(PHOTO)
    write_app(folder, answering("c-http"))
    certify(folder)
    # As if the example's package were installed.
    install(folder, "key_value", {"memcached": "atoll_memcached:Memcached"})
    monkeypatch.syspath_prepend(os.fspath(ROOT / "examples/provider-memcached"))
    return folder


def certify(folder: Path) -> None:
    """Certificates by the names that pages give them."""
    authority = trustme.CA()
    for name in ("ca.pem", "roots.pem"):
        authority.cert_pem.write_to_path(folder / name)
    for name in ("cert", "shop"):
        certificate = authority.issue_cert("127.0.0.1", "shop.example.com")
        certificate.cert_chain_pems[0].write_to_path(folder / f"{name}.pem")
        certificate.private_key_pem.write_to_path(folder / f"{'key' if name == 'cert' else 'shop-key'}.pem")
