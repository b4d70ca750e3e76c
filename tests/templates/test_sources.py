"""Where templates come from: folders, archives that strangers made, repositories."""

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from atoll.errors import UserError
from atoll.templates import sources
from tests.templates.written import template

SMALL = {"templates/small/metadata/spin-template.toml": b"", "templates/small/content/a": b"x"}


def archive(file: Path, members: dict[str, bytes], *more: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    """A tar archive with these files, and members that no honest one has."""
    with tarfile.open(file, mode) as tar:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        for info in more:
            tar.addfile(info)
    return file


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def refusal(file: Path) -> str:
    with pytest.raises(UserError) as raised, sources.unpacked(file):
        pass
    assert raised.value.code == "template-source-invalid"
    return raised.value.message


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("around", ["", "spin-3.4.1/"])
def test_an_archive_is_unpacked_however_it_was_packed(mode: str, around: str, tmp_path: Path) -> None:
    file = archive(tmp_path / "x.tar", {around + name: content for name, content in SMALL.items()}, mode=mode)
    with sources.unpacked(file) as folder:
        assert [one.name for one in sources.template_folders(folder, "x.tar")] == ["small"]
        assert (folder / "templates/small/content/a").read_bytes() == b"x"
    assert not folder.exists()


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../../outside"),
        link("templates/out", "/etc/passwd"),
        link("templates/out", "../../../../../etc"),
        link("templates/hard", "../../../outside", tarfile.LNKTYPE),
        link("templates/device", "", tarfile.CHRTYPE),
    ],
    ids=["upwards", "an absolute link", "a link upwards", "a hard link out", "a device"],
)
def test_nothing_of_an_archive_lands_or_points_elsewhere(member: tarfile.TarInfo, tmp_path: Path) -> None:
    assert "cannot be unpacked" in refusal(archive(tmp_path / "x.tar.gz", SMALL, member))


def test_an_absolute_path_lands_inside(tmp_path: Path) -> None:
    absolute = tmp_path / "victim"
    file = archive(tmp_path / "x.tar", {**SMALL, str(absolute): b"x"})
    with sources.unpacked(file) as folder:
        assert (folder / str(absolute).lstrip("/")).exists()
    assert not absolute.exists()


def test_a_small_archive_does_not_become_a_large_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    file = archive(tmp_path / "x.tar.gz", {f"templates/{number}": bytes(400_000) for number in range(3)})
    assert file.stat().st_size < 5_000
    assert "it unpacks to more than 1 MiB" in refusal(file)


def test_one_file_of_an_archive_is_not_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    info = tarfile.TarInfo("x")
    info.size = 8 << 30
    file = tmp_path / "x.tar"
    file.write_bytes(info.tobuf())
    assert "it unpacks to more than 1 MiB" in refusal(file)


def test_a_header_of_an_archive_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 4 << 30
    file = tmp_path / "x.tar.gz"
    file.write_bytes(gzip.compress(info.tobuf() + bytes(4 << 20)))
    assert "it unpacks to more than 1 MiB" in refusal(file)


def test_an_archive_does_not_hold_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_MEMBERS", 10)
    file = archive(tmp_path / "x.tar", {f"templates/{number}": b"" for number in range(11)})
    assert "it holds more than 10 files" in refusal(file)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"\x1f\x8b broken", b"BZ", b"\xfd7zXZ"], ids=["empty", "text", "gzip", "bzip2", "xz"]
)
def test_what_is_no_archive_is_said_to_be_none(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.tar"
    file.write_bytes(content)
    assert "x.tar cannot be unpacked" in refusal(file)


def test_an_archive_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.tar")


def test_a_folder_is_a_template_or_holds_some(tmp_path: Path) -> None:
    one = template(tmp_path / "templates")
    (tmp_path / "templates/Makefile").write_text("")
    (tmp_path / "templates/no-template").mkdir()
    assert sources.template_folders(tmp_path, "x") == [one.folder]
    assert sources.template_folders(one.folder, "x") == [one.folder]


def test_a_folder_without_templates_is_said_to_have_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="x holds no templates"):
        sources.template_folders(tmp_path, "x")


def repository(folder: Path) -> Path:
    """A repository whose branch `old` has one template and `main` two."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)

    template(folder / "templates")
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    git("branch", "old")
    (folder / "templates/small").rename(folder / "templates/first")
    template(folder / "templates")
    git("add", ".")
    git("commit", "--quiet", "-m", "two")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("branch, names", [(None, ["first", "small"]), ("old", ["small"])])
def test_a_repository_is_cloned_by_git(branch: str | None, names: list[str], tmp_path: Path) -> None:
    with sources.cloned(f"file://{repository(tmp_path)}", branch) as folder:
        assert [one.name for one in sources.template_folders(folder, "x")] == names
    assert not folder.exists()


@pytest.mark.parametrize("url", ["--upload-pack=touch ran", "file:///none", "ext::sh -c touch% ran"])
def test_a_repository_that_is_none_is_refused_and_runs_nothing(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="git cannot clone"), sources.cloned(url, None):
        pass
    assert list(tmp_path.iterdir()) == []


def test_without_git_an_archive_is_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError) as raised, sources.cloned("https://example.com/x.git", None):
        pass
    assert raised.value.hint == "install it, or download an archive: --tar FILE"
