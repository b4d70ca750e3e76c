"""The example does what its README says."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.asgi.serving import served
from tests.support import ROOT, TOOLCHAINS


def test_fastapi_and_a_component_answer_side_by_side(tmp_path: Path) -> None:
    if not (TOOLCHAINS / "bin" / "componentize-py").exists():
        pytest.skip("componentize-py is not installed: scripts/toolchains/install")
    subprocess.run([sys.executable, "scripts/build_app.py", "examples/hello"], cwd=ROOT, check=True)
    text = (ROOT / "examples/asgi/app.py").read_text("utf-8")
    (tmp_path / "asgi").mkdir()
    os.symlink(ROOT / "examples/hello", tmp_path / "hello")
    with served(tmp_path / "asgi", text) as running, httpx.Client(base_url=running.url, timeout=30) as client:
        assert client.get("/").json()["guest"] == "/guest/world"
        assert client.get("/sum?one=1&other=2").json() == 3
        assert client.get("/guest/world").text == "Hello from /world\n"
