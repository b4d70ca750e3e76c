"""Each template that comes with atoll, as a newcomer meets it: made, built, tested, and asked for its answer."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from atoll import toolchain
from atoll.manifest.document import Document
from atoll.testing import Up, up
from tests.support import TOOLS_PATH, get, needs
from tests.templates.library import TEMPLATES, VALUES

pytestmark = pytest.mark.slow
# A guest of ten megabytes is compiled, which a busy machine may take long for.
ENVIRONMENT = {**os.environ, "PATH": TOOLS_PATH, "ATOLL_COMPILE_TIMEOUT": "10m"}


def atoll(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Run atoll in the folder; what it said on standard output. It has to end well."""
    return ran(folder, [sys.executable, "-P", "-m", "atoll", *arguments], stdin)


def ran(folder: Path, command: list[str], stdin: str = "") -> str:
    ended = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, text=True, timeout=900, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def asked(folder: Path, *paths: str) -> list[httpx.Response]:
    """The answers of the app."""
    serving = Up(["-f", str(folder), "--listen", "127.0.0.1:0", "--workers", "1"], env=ENVIRONMENT)
    try:
        serving.wait_until_serving(timeout=600)
        return [get(f"{serving.url}{path}") for path in paths]
    finally:
        serving.stop()


def says(text: str, *, path: str = "/") -> Callable[[Path], None]:
    """The app answers that."""

    def run(folder: Path) -> None:
        (answer,) = asked(folder, path)
        assert (answer.status_code, answer.text) == (200, text)

    return run


def counts(folder: Path) -> None:
    """A command-line tool counts its input, and reads what it was granted."""
    assert atoll(folder, "run", "app.wasm", stdin="some words\n") == "1 2 11 -\n"
    (folder / "words.txt").write_text("four\nlines\nof\nwords\n")
    assert atoll(folder, "run", "app.wasm", "--dir", ".::/:ro", "--", "/words.txt") == "4 4 20 /words.txt\n"
    refused = [sys.executable, "-P", "-m", "atoll", "run", "app.wasm", "--", "/words.txt"]
    assert subprocess.run(refused, cwd=folder, capture_output=True, check=False).returncode == 1


def greets(folder: Path) -> None:
    """A plugin's host calls it, and it calls its host."""
    assert ran(folder, [sys.executable, "host.py"]) == "Hello Anna, how is Bern?\nHello Bo!\n"
    ended = subprocess.run(
        [sys.executable, "host.py", "nobody"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, "nobody is called nobody\n")


def serves_files(folder: Path) -> None:
    page, style, none, listed = asked(folder, "/", "/style.css", "/main.go", "/sub/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.content == (folder / "public/index.html").read_bytes()
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert (none.status_code, listed.status_code) == (404, 404)
    # Each start copies the files; what a browser has of them is good after all.
    os.utime(folder / "public/style.css", (1e9, 1e9))
    for _ in range(2):
        with up(folder) as app:
            known = {"if-modified-since": "Sun, 09 Sep 2001 01:46:40 GMT"}
            style, again = get(f"{app.url}/style.css"), get(f"{app.url}/style.css", headers=known)
        assert (style.status_code, style.headers["last-modified"]) == (200, known["if-modified-since"])
        assert (again.status_code, again.content) == (304, b"")


def leads_away(folder: Path) -> None:
    (answer,) = asked(folder, "/")
    assert (answer.status_code, answer.headers["location"]) == (302, "https://example.com/there")


def takes_a_component(folder: Path) -> None:
    needs("zig", "component")
    atoll(folder, "add", "http-c", "first")
    atoll(folder, "add", "http-c", "second")
    atoll(folder, "build")
    first, second = asked(folder, "/first/", "/second/x")
    assert (first.text, second.text) == ("Hello from C: GET /first/\n", "Hello from C: GET /second/x\n")


def makes_a_page(folder: Path) -> None:
    (answer,) = asked(folder, "/?text=%23%20Cr%C3%A8me%20%3Cb%3E")
    assert '<article id="creme-b">\n<h1>Crème &lt;b&gt;</h1>\n</article>' in answer.text


RUNS: dict[str, Callable[[Path], None]] = {
    "cli-go": counts,
    "cli-python": counts,
    "cli-rust": counts,
    "http-assemblyscript": says("Hello from AssemblyScript: GET /a?b=c\n", path="/a?b=c"),
    "http-c": says("Hello from C: GET /a?b=c\n", path="/a?b=c"),
    "http-empty": takes_a_component,
    "http-go": says("Hello from Go: /a\n", path="/a?b=c"),
    "http-js": says('{"hello":"JavaScript","path":"/a"}', path="/a?b=c"),
    "http-python": says("Hello from Python: GET /a\n", path="/a?b=c"),
    "http-python-asgi": says('{"hello":"anna"}', path="/greet/anna"),
    "http-python-wsgi": says('{"hello":"anna"}\n', path="/greet/anna"),
    "http-rust": says("Hello from Rust: GET /a\n", path="/a?b=c"),
    "http-ts": says('{"hello":"TypeScript","path":"/a"}', path="/a?b=c"),
    "http-zig": says("Hello from Zig: GET /a?b=c\n", path="/a?b=c"),
    "plugin-js": greets,
    "plugin-python": greets,
    "plugin-rust": greets,
    "polyglot": makes_a_page,
    "redirect": leads_away,
    "static": serves_files,
}


@pytest.mark.parametrize("name", RUNS)
def test_a_template_is_made_built_tested_and_answers(name: str, tmp_path: Path) -> None:
    atoll(tmp_path, "new", name, f"made {name}", *VALUES.get(name, ()))
    folder = tmp_path / f"made_{name}"
    builds = [one.build for one in Document.load(folder / "spin.toml").manifest.component.values() if one.build]
    for build in builds:
        for command in [build.command] if isinstance(build.command, str) else build.command:
            needs(*toolchain.programs(command))
    if builds:
        atoll(folder, "build")
    if list(folder.glob("*.test.toml")):
        assert "passed" in atoll(folder, "test")
    RUNS[name](folder)


def test_every_template_is_run() -> None:
    assert list(RUNS) == TEMPLATES
