"""Pages in a real browser load anew when the app has changed, and show why a build failed."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from atoll.observe.fault import draw
from atoll.observe.live import Live
from tests.observe.faults import told

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: scripts/install_test_tools chromium"),
]


class App:
    """An app of one page, and how often it was loaded."""

    def __init__(self, ending: str) -> None:
        self.text, self.ending, self.loads = "first", ending, 0
        self.probes = 0
        self.path = "/"


class Handler(BaseHTTPRequestHandler):
    app: App

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            self.send_response(404)
            self.end_headers()
            return
        self.app.loads += 1
        frame = '<iframe src="/inner"></iframe>' if self.path == "/outer" else ""
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>App</title><h1>{self.app.text}</h1>{frame}{self.app.ending}".encode())

    def do_HEAD(self) -> None:
        self.app.probes += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are counted."""


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.chdir(tmp_path)
    with closing(Live("127.0.0.1", None)) as live:
        yield live


@pytest.fixture
def app(live: Live) -> App:
    return App(live.ending())


@pytest.fixture
def url(app: App) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Of", (Handler,), {"app": app}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        # A sandbox of the browser's own needs what a container's root may not do.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser", url: str) -> Iterator["Page"]:
    """The app's page, open; an error of its script is one of the test."""
    wrong: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(url)
        yield page
    assert wrong == []


def sees(page: "Page", selector: str, text: str) -> None:
    from playwright.sync_api import expect

    # The page that is about to be replaced may have more of them.
    expect(page.locator(selector).first).to_have_text(text)


def hears(page: "Page", live: Live) -> None:
    """Wait until the page listens: it shows that something is being built."""
    from playwright.sync_api import expect

    live.tell("building", "")
    expect(page.locator("atoll-live output")).to_be_visible()


def shows(page: "Page", live: Live, app: App, text: str) -> None:
    """The app changes, and the page shows what it is now."""
    app.text = text
    live.tell("reload", "")
    sees(page, "h1", text)


def test_a_page_loads_anew_once_when_the_app_has_changed(page: "Page", live: Live, app: App) -> None:
    hears(page, live)
    shows(page, live, app, "second")
    hears(page, live)
    shows(page, live, app, "third")
    hears(page, live)
    assert (app.loads, app.probes) == (3, 0)


def test_a_page_shows_why_a_build_failed_until_one_goes_well(page: "Page", live: Live, app: App) -> None:
    from playwright.sync_api import expect

    hears(page, live)
    words = "error[E0308]: mismatched types\n --> src/lib.rs:3:5\n<img src=x onerror=\"document.title='run'\">"
    live.tell("failed", words)
    overlay = page.locator("atoll-live section")
    expect(overlay.locator("pre")).to_have_text(words)
    expect(page.locator("atoll-live output")).to_be_hidden()
    assert overlay.locator("img").count() == 0 and page.title() == "App"

    # Who comes now sees it as well.
    page.reload()
    expect(overlay).to_be_visible()
    hears(page, live)
    expect(overlay).to_be_visible()
    shows(page, live, app, "mended")
    hears(page, live)
    expect(overlay).to_be_hidden()


def test_the_words_of_a_failed_build_can_be_put_aside(page: "Page", live: Live) -> None:
    from playwright.sync_api import expect

    overlay = page.locator("atoll-live section")
    hears(page, live)
    live.tell("failed", "no")
    page.locator("atoll-live button").click()
    expect(overlay).to_be_hidden()
    live.tell("failed", "no again")
    expect(overlay).to_be_visible()
    page.keyboard.press("Escape")
    expect(overlay).to_be_hidden()


def test_a_page_finds_the_server_again_after_a_restart(page: "Page", live: Live, app: App) -> None:
    hears(page, live)
    live.close()
    sees(page, "h1", "first")
    app.text = "second"
    with closing(Live("127.0.0.1", None)) as again:
        assert again.port == live.port
        sees(page, "h1", "second")
        hears(page, again)
        assert (app.loads, app.probes) == (2, 1)


def test_a_page_that_comes_back_is_that_of_the_app_as_it_is_now(page: "Page", live: Live, app: App, url: str) -> None:
    hears(page, live)
    page.goto(f"{url}/other")
    hears(page, live)
    shows(page, live, app, "second")
    page.go_back()
    sees(page, "h1", "second")
    hears(page, live)


def test_a_page_in_the_background_listens_when_it_is_seen_again(page: "Page", live: Live, app: App) -> None:
    hears(page, live)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    app.text = "second"
    live.tell("reload", "")
    sees(page, "h1", "first")
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    sees(page, "h1", "second")


def test_the_script_runs_once_however_often_a_page_has_it(page: "Page", live: Live, app: App, url: str) -> None:
    app.ending *= 2
    page.goto(f"{url}/outer")
    hears(page, live)
    live.tell("failed", "no")
    sees(page, "atoll-live pre", "no")
    shows(page, live, app, "second")
    # The page, then the one around it and the one in it, twice.
    hears(page, live)
    assert app.loads == 5


def test_the_page_about_a_failed_call_loads_anew_as_well(page: "Page", live: Live, app: App) -> None:
    hears(page, live)
    failed = draw(told(accept="text/html", lines="panic: no"), {}, live.ending())[1].decode()
    original, app.ending = app.ending, failed
    page.reload()
    sees(page, "h1 >> nth=1", "panic: no")
    hears(page, live)
    app.ending = original
    shows(page, live, app, "mended")
