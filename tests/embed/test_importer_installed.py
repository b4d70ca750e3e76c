"""Wasm files as modules in programs of their own: of an installed package, and under pytest."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.embed.packages import bound
from tests.support import ROOT, built

pytestmark = pytest.mark.slow

PROJECT = """[build-system]
requires = ["setuptools", "wheel"]
build-backend = "setuptools.build_meta"

[project]
name = "acme-images"
version = "1.0"

[tool.setuptools]
packages = ["acme_images", "acme_typed"]

[tool.setuptools.package-data]
acme_images = ["*.wasm"]
acme_typed = ["*.wasm", "py.typed"]
"""
PACKAGE = """import atoll.importer
from acme_images.core import add, echo

__all__ = ["add", "echo"]
"""
USE = """import acme_images, acme_typed
assert acme_images.add(1, 2) == 3
assert acme_images.echo(b"a") == b"a"
assert acme_images.core.__plugin__.digest
point = acme_typed.Point5(1, 0.5, "a", True, 7)
assert acme_typed.load().five(point) == point
print(acme_images.core.__file__)
print(acme_typed.__file__)
"""


def ran(*command: object, cwd: Path) -> str:
    ended = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Built from a package that brings a wasm file for the import, and another one that `atoll bind` made."""
    source = tmp_path / "source"
    (source / "acme_images").mkdir(parents=True)
    (source / "pyproject.toml").write_text(PROJECT)
    (source / "acme_images" / "__init__.py").write_text(PACKAGE)
    (source / "acme_images" / "core.wasm").write_bytes(built("c-plugin").read_bytes())
    (source / "small.wasm").write_bytes(built("c-plugin").read_bytes())
    bound(source / "small.wasm", source).rename(source / "acme_typed")
    pip = (sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--quiet")
    ran(*pip, "--wheel-dir", tmp_path, source, cwd=tmp_path)
    return next(tmp_path.glob("*.whl"))


def test_an_installed_package_brings_its_wasm(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    libraries = Path(ran(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip())
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", "--quiet")
    ran(*pip, wheel, cwd=tmp_path)
    # atoll itself and what it needs are those of the tests.
    (libraries / "atoll-of-the-tests.pth").write_text(f"{ROOT / 'python'}\n{sysconfig.get_path('purelib')}\n")
    found = ran(python, "-I", "-c", USE, cwd=tmp_path).splitlines()
    assert found == [str(libraries / "acme_images" / "core.wasm"), str(libraries / "acme_typed" / "__init__.py")]


def test_modules_are_found_under_pytest_in_each_of_its_modes(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["src"]\n')
    (tmp_path / "src" / "fast-plugin.wasm").write_bytes(built("c-plugin").read_bytes())
    # Beside the test that it is called like: the test goes first.
    (tmp_path / "tests" / "test_fast.wasm").write_bytes(built("js-plugin").read_bytes())
    test = "import atoll.importer\nfrom fast_plugin import add\n\ndef test_adds():\n    assert add(1, 2) == 3\n"
    (tmp_path / "tests" / "test_fast.py").write_text(test)
    for mode in ("importlib", "prepend", "append"):
        pytest_command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--import-mode={mode}")
        assert "1 passed" in ran(*pytest_command, cwd=tmp_path)
