"""Packages of strangers, as far as atoll sees them: entry points in a folder on the path."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.support import ROOT


def install(folder: Path, room: str, providers: Mapping[str, str]) -> str:
    """Install a package that names these providers, `module:Class` by `type`; the PYTHONPATH of whoever has it.

    The classes may be those of the tests.
    """
    info = folder / "strangers-1.0.dist-info"
    info.mkdir(parents=True)
    named = "".join(f"{kind} = {reference}\n" for kind, reference in providers.items())
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strangers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[atoll.providers.{room}]\n{named}")
    known = filter(None, [str(folder), str(ROOT), os.environ.get("PYTHONPATH")])
    return os.pathsep.join(known)
