"""The example does what its README says."""

import os
from pathlib import Path

import httpx

from tests.asgi.serving import served
from tests.support import ROOT, built_example


def test_fastapi_and_a_component_answer_side_by_side(tmp_path: Path) -> None:
    built_example("examples/hello", "componentize-py")
    text = (ROOT / "examples/asgi/app.py").read_text("utf-8")
    (tmp_path / "asgi").mkdir()
    os.symlink(ROOT / "examples/hello", tmp_path / "hello")
    with served(tmp_path / "asgi", text) as running, httpx.Client(base_url=running.url, timeout=30) as client:
        assert client.get("/").json()["guest"] == "/guest/world"
        assert client.get("/sum?one=1&other=2").json() == 3
        assert client.get("/guest/world").text == "Hello from /world\n"
