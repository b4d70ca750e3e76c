"""Plugins of installed packages, which name their files as entry points; none of their code runs."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import atoll
from tests.plugins import wat
from tests.plugins.folders import PluginFolder

GROUP = "acme.plugins"


class Packages:
    """A folder on Python's path with packages that end the process if they are imported."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()

    def package(self, name: str) -> PluginFolder:
        """An importable package."""
        made = PluginFolder.made(self.path / name)
        (made.path / "__init__.py").write_text("raise SystemExit('the package was imported')")
        return made

    def install(self, distribution: str, **points: str) -> None:
        """A distribution with these entry points, which take the place of those it had."""
        info = self.path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(exist_ok=True)
        named = "".join(f"{name.replace('_', '-')} = {value}\n" for name, value in points.items())
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{named}")


@pytest.fixture
def packages(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Packages]:
    packages = Packages(own_folder / "site")
    monkeypatch.syspath_prepend(packages.path)
    yield packages
    assert not any(getattr(module, "__file__", None) == str(packages.path) for module in sys.modules.values())


def test_a_file_of_a_package_is_a_plugin_by_the_name_of_its_entry_point(packages: Packages) -> None:
    packages.package("acme_docs").put("markdown", wat.numbered(1))
    packages.package("acme_mail/wasm").put("send", wat.numbered(2))
    (packages.path / "acme_mail" / "__init__.py").write_text("raise SystemExit('the package was imported')")
    packages.install("acme-docs", markdown="acme_docs:markdown.wat")
    packages.install("acme-mail", send_mail="acme_mail.wasm:send.wat")
    plugins = atoll.Plugins.from_entry_points(GROUP, strict=True)
    assert list(plugins) == ["markdown", "send-mail"]
    assert (plugins.markdown.number(), plugins.send_mail.number()) == (1, 2)
    assert plugins.markdown.about.file == packages.path / "acme_docs" / "markdown.wat"
    assert repr(plugins) == f"<plugins of {GROUP}: markdown, send-mail>"


def test_all_that_holds_for_folders_holds_for_them(packages: Packages) -> None:
    package = packages.package("acme_docs")
    package.put("markdown", wat.numbered(1))
    package.settings("markdown", "order = 7")
    packages.install("acme-docs", md="acme_docs:markdown.wat")
    plugins = atoll.Plugins.from_entry_points(GROUP)
    assert plugins.md.about.order == 7
    lock = plugins.pin("plugins.lock")
    package.put("markdown", wat.numbered(2))
    assert plugins.refresh().reloaded == ("md",)
    assert atoll.Plugins.from_entry_points(GROUP, pins=lock).problems["md"].code == "digest-mismatch"
    packages.install("acme-docs")
    assert plugins.refresh().removed == ("md",)


def test_an_entry_point_that_leads_nowhere_stops_nobody_else(packages: Packages) -> None:
    packages.package("acme_docs").put("markdown", wat.numbered(1))
    packages.install(
        "acme-docs",
        good="acme_docs:markdown.wat",
        missing="acme_docs:missing.wasm",
        code="acme_docs:__init__.py",
        folder="acme_docs",
        package="acme_nowhere:markdown.wat",
        empty=":markdown.wat",
    )
    plugins = atoll.Plugins.from_entry_points(GROUP)
    assert list(plugins) == ["good"]
    assert {error.code for error in plugins.problems.values()} == {"source-missing"}
    assert set(plugins.problems) == {"missing", "code", "folder", "package", "empty"}
    assert "there is no package `acme_nowhere`" in plugins.problems["package"].message


def test_two_packages_cannot_have_the_same_name(packages: Packages) -> None:
    packages.package("acme_docs").put("markdown", wat.numbered(1))
    packages.install("acme-docs", markdown="acme_docs:markdown.wat")
    packages.install("acme-others", Markdown="acme_docs:markdown.wat")
    plugins = atoll.Plugins.from_entry_points(GROUP)
    assert len(plugins) == 0
    assert {error.code for error in plugins.problems.values()} == {"id-duplicate"}


def test_without_a_folder_pins_need_a_file(packages: Packages) -> None:
    plugins = atoll.Plugins.from_entry_points(GROUP)
    assert len(plugins) == 0
    with pytest.raises(ValueError, match="which file"):
        plugins.pin()
