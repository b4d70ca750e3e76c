"""examples/plugins does what its README says: built as it says, served, called, and looked at in a browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.plugins import wat
from tests.plugins.folders import PluginFolder
from tests.support import ROOT, needs

EXAMPLE = ROOT / "examples/plugins"
TOOLS = {"example-markdown": "cargo-wasm", "example-json": "componentize-py", "example-resize": "go-component"}
CHROMIUM = shutil.which("chromium")


class Page(NamedTuple):
    """The example, served from a copy."""

    url: str
    plugins: PluginFolder


@pytest.fixture(scope="module")
def built() -> Path:
    """The example's folder, built; the test is skipped where a tool is not installed."""
    needs(*TOOLS.values())
    subprocess.run([sys.executable, "guests/build.py", *TOOLS], cwd=ROOT, check=True)
    return EXAMPLE


@pytest.fixture
def page(built: Path, own_folder: Path) -> Iterator[Page]:
    for name in ("app.py", "page.html"):
        shutil.copy(built / name, own_folder)
    shutil.copytree(built / "plugins", own_folder / "plugins")
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0", "--no-access-log"]
    served = subprocess.Popen(command, cwd=own_folder, stderr=subprocess.PIPE, text=True)
    lines: list[str] = []
    try:
        yield Page(_address(served, lines), PluginFolder(own_folder / "plugins"))
    finally:
        served.terminate()
        assert served.wait(60) in (0, -signal.SIGTERM), "".join(lines)


def _address(served: "subprocess.Popen[str]", lines: list[str]) -> str:
    found: list[str] = []
    told = threading.Event()

    def read() -> None:
        assert served.stderr is not None
        with served.stderr:
            for line in served.stderr:
                lines.append(line)
                if running := re.search(r"running on (http://\S+)", line):
                    found.append(running[1])
                    told.set()
        told.set()

    threading.Thread(target=read, daemon=True).start()
    assert told.wait(300)
    assert found, "".join(lines)
    return found[0]


def picture(width: int, height: int) -> bytes:
    """A PNG of one color."""
    import struct
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\x20\x80\x80" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.slow
def test_the_three_plugins_answer(page: Page) -> None:
    with httpx.Client(base_url=page.url, timeout=60) as client:
        assert client.post("/markdown", content="# hi <b>").text == "<h1>hi &lt;b&gt;</h1>\n"
        query = {"document": '{"a": [{"b": "ä"}, {"b": 2}]}', "expression": "a[].b"}
        assert client.post("/json", json=query).json() == ["ä", 2]
        refused = client.post("/json", json=query | {"expression": "a["})
        assert (refused.status_code, refused.json()["error"][:22]) == (422, "the expression is none")
        resized = client.post("/resize?width=30", content=picture(120, 80))
        assert (resized.headers["content-type"], resized.headers["x-width"]) == ("image/png", "30")
        assert (resized.headers["x-height"], resized.content[16:24]) == ("20", b"\0\0\0\x1e\0\0\0\x14")
        for content, width in ((b"none", 30), (picture(1, 1)[:40], 30), (picture(1, 1), 0), (picture(1, 1), 8001)):
            assert client.post(f"/resize?width={width}", content=content).status_code == 422
        bomb = picture(1, 1).replace(b"\0\0\0\x01\0\0\0\x01\x08\x02", b"\0\x01\0\0\0\x01\0\0\x08\x02")
        assert client.post("/resize?width=30", content=bomb).status_code == 422
        assert client.post("/resize?width=30", content=bytes((20 << 20) + 1)).status_code == 413
        listed = client.get("/plugins").json()
        assert [plugin["name"] for plugin in listed["plugins"]] == ["markdown", "json", "resize"]
        assert [plugin["failed"] for plugin in listed["plugins"]] == [0, 1, 5]
        assert all(plugin["about"] for plugin in listed["plugins"])
        assert 'atoll_plugin_calls_failed_total{code="guest-error",plugin="json"} 1.0' in client.get("/metrics").text


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: scripts/install_test_tools chromium")
def test_the_page_shows_the_plugins_and_their_changes(page: Page, own_folder: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    wrong: list[str] = []
    with sync_playwright() as playwright:
        # A sandbox of the browser's own needs what a container's root may not do.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        shown = browser.new_page()
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.goto(page.url)
        rendered = shown.frame_locator("#rendered").locator("body")

        shown.fill("#markdown", "# Live\n\n<script>alert(1)</script> *text*")
        expect(rendered.locator("h1")).to_have_text("Live")
        expect(rendered).to_contain_text("<script>alert(1)</script>")

        shown.fill("#expression", "orders[0].customer")
        expect(shown.locator("#transformed")).to_have_text('"Anna"')
        shown.fill("#expression", "orders[")
        expect(shown.locator("#transformed")).to_contain_text("the expression is none")

        shown.set_input_files("#file", {"name": "x.png", "mimeType": "image/png", "buffer": picture(300, 150)})
        shown.locator("#width").fill("100")
        expect(shown.locator("#picture-note")).to_have_text(re.compile("^100 . 50, "))
        expect(shown.locator("#resized")).to_have_js_property("naturalWidth", 100)

        row = shown.locator("#plugin-markdown")
        expect(row.locator(".about")).to_contain_text("in Rust")
        expect(row.locator(".loads")).to_have_text("1")
        digest = row.locator(".digest").inner_text()
        page.plugins.put("markdown", wat.saying(about="Another version", render="<h1>new</h1>"), suffix=".wasm")
        expect(row.locator(".about")).to_have_text("Another version")
        expect(row.locator(".loads")).to_have_text("2")
        expect(row.locator(".digest")).not_to_have_text(digest)
        expect(rendered.locator("h1")).to_have_text("new")

        page.plugins.put("json", "nonsense", suffix=".wasm")
        expect(shown.locator("#problems")).to_contain_text("json: ")
        shown.fill("#expression", "orders[1].id")
        expect(shown.locator("#transformed")).to_have_text("2")
        browser.close()
    assert wrong == []
