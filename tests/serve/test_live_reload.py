"""`atoll watch` and a browser: what is saved is seen, without a hand on the reload button."""

import os
import shutil
from pathlib import Path

import pytest

from atoll.testing import Up
from tests.support import built

CHROMIUM = shutil.which("chromium")
MANIFEST = """
spin_manifest_version = 2
application.name = "test"
[[trigger.http]]
route = "/"
static_response = {{ headers = {{ content-type = "text/html" }}, body = "<h1>{text}</h1>" }}
[[trigger.http]]
route = "/api"
component = "api"
[component.api]
source = "{guest}"
build = {{ command = "cat error.txt >&2; test ! -s error.txt", watch = ["error.txt"] }}
"""


def save(folder: Path, text: str) -> None:
    """The page says this from now on."""
    (folder / "saved").write_text(MANIFEST.format(text=text, guest=built("c-http")))
    os.replace(folder / "saved", folder / "spin.toml")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: scripts/install_test_tools chromium")
def test_an_open_page_shows_what_is_saved_and_why_it_cannot_be_built(tmp_path: Path) -> None:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    wrong: list[str] = []
    error = tmp_path / "error.txt"
    error.write_text("")
    save(tmp_path, "first")
    arguments = ["-f", str(tmp_path), "--listen", "127.0.0.1:0", "--workers", "1", "--log-dir", ""]
    app = Up(arguments, command="watch")
    try:
        app.wait_until_serving()
        with sync_playwright() as playwright:
            # A sandbox of the browser's own needs what a container's root may not do.
            flags = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            page = browser.new_page()
            page.on("pageerror", lambda problem: wrong.append(str(problem)))
            page.goto(app.url)
            expect(page.locator("h1")).to_have_text("first")
            save(tmp_path, "second")
            expect(page.locator("h1")).to_have_text("second")
            error.write_text("main.c:3: <it> is broken\n")
            expect(page.locator("atoll-live pre")).to_contain_text("main.c:3: <it> is broken")
            error.write_text("")
            expect(page.locator("atoll-live pre")).to_be_hidden()
            expect(page.locator("h1")).to_have_text("second")
            browser.close()
    finally:
        app.stop()
    assert wrong == []
