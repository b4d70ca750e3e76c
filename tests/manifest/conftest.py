"""Spin's golden answers as fixtures, and small manifests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOLDENS = Path(__file__).parents[1] / "cases" / "spin"


def table(name: str) -> list[dict[str, Any]]:
    """The cases of one of Spin's tables."""
    cases: list[dict[str, Any]] = json.loads((GOLDENS / "tables" / f"{name}.json").read_text("utf-8"))["cases"]
    return cases


@pytest.fixture
def app_folder(tmp_path: Path) -> Callable[..., Path]:
    """A folder with a manifest and the files that are given as `{path: text}`."""

    def make(manifest: str, files: dict[str, str] | None = None) -> Path:
        base = tmp_path / "app"
        base.mkdir(exist_ok=True)
        (base / "spin.toml").write_text(manifest, "utf-8")
        for name, text in ({"c.wasm": ""} | (files or {})).items():
            (base / name).parent.mkdir(parents=True, exist_ok=True)
            (base / name).write_text(text, "utf-8")
        return base

    return make


def http_app(component: str = "", *, top: str = "") -> str:
    """A manifest with one HTTP component `c`; `component` are further lines of it."""
    return f"""spin_manifest_version = 2
[application]
name = "t"
{top}
[[trigger.http]]
route = "/"
component = "c"
[component.c]
source = "c.wasm"
{component}
"""
