"""`examples/polyglot`: four languages, each built by its own compiler, as one component."""

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.composing.apps import served
from tests.support import ROOT, TOOLS_PATH, needs

EXAMPLE = ROOT / "examples" / "polyglot"
KEY = hmac.new(b"polyglot", b"ada", hashlib.sha256).hexdigest()[:16]


def built(app: Path) -> set[str]:
    """Build the app; the components that were not current."""
    command = [sys.executable, "-P", "-m", "atoll", "build", "-f", str(app), "--json"]
    environment = {**os.environ, "PATH": TOOLS_PATH}
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    reports = [json.loads(line) for line in said.splitlines()]
    return {report["component"] for report in reports if report["status"] == "built"}


@pytest.mark.slow
def test_four_languages_answer_and_one_is_exchanged_alone(tmp_path: Path) -> None:
    needs("cargo-wasm", "go-component", "python-component", "componentize-qjs")
    app = tmp_path / "polyglot"
    shutil.copytree(EXAMPLE, app, ignore=shutil.ignore_patterns("target", ".spin", "*.wasm"))
    assert built(app) == {"front", "auth", "scoring", "rendering"}
    with served(app) as (client, _):
        page = client.get(f"ada?key={KEY}")
        assert (page.status_code, "Welcome, ada!" in page.text, "returning, 64.5 %" in page.text) == (200, True, True)
        assert client.get("ada?key=no").status_code == 403
    script = app / "rendering" / "rendering.js"
    script.write_text(script.read_text().replace("Welcome", "Hello"))
    assert built(app) == {"rendering"}
    with served(app) as (client, _):
        assert "Hello, ada!" in client.get(f"ada?key={KEY}").text


def test_its_page_names_the_key_of_its_visitor() -> None:
    assert f"ada?key={KEY}" in (EXAMPLE / "README.md").read_text()
