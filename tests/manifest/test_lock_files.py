"""Files for guests: globs, placements, exclusions, direct mounts; and no way out of the app's folder."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from atoll.app import App
from atoll.errors import AtollError
from atoll.lock import LockSettings
from atoll.lock.glob import Pattern

from .conftest import http_app

TREE = {name: name for name in ("a/1.txt", "a/b/2.txt", "a/b/.hidden", "d.txt", "a/3.md")}


def settings(base: Path, **more: Any) -> LockSettings:
    return LockSettings(working_directory=base.parent / "work", cache_directory=base.parent / "cache", **more)


def copied(base: Path) -> set[str]:
    """What the guest would find, each file under its own text."""
    [mount] = App.load(base).lock(settings(base))["components"][0]["files"]
    assert mount["path"] == "/"
    root = Path(mount["source"].removeprefix("file://"))
    return {f"{path.relative_to(root)}={path.read_text('utf-8')}" for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("files", "exclude", "expected"),
    [
        ('["a/*"]', "[]", {"a/1.txt", "a/3.md"}),
        ('["a/**/*"]', "[]", {"a/1.txt", "a/3.md", "a/b/2.txt", "a/b/.hidden"}),
        ('["a"]', "[]", {"a/1.txt", "a/3.md", "a/b/2.txt", "a/b/.hidden"}),
        ('["./a/b/*"]', "[]", {"a/b/2.txt", "a/b/.hidden"}),
        ('["a/../d.txt"]', "[]", {"d.txt"}),
        ('["**/*.txt"]', "[]", {"a/1.txt", "a/b/2.txt", "d.txt"}),
        ('["**/*.txt"]', '["a/b/*"]', {"a/1.txt", "d.txt"}),
        ('["**/*.txt"]', '["**/2.txt"]', {"a/1.txt", "d.txt"}),
        ('["a/**/*"]', '["*.txt"]', {"a/3.md", "a/b/.hidden"}),
        ('["a/[0-9].txt", "?.txt"]', "[]", {"a/1.txt", "d.txt"}),
        ('["a/[!1].*"]', "[]", {"a/3.md"}),
        ('["nothing/*"]', "[]", set()),
    ],
)
def test_patterns_select_files(app_folder: Any, files: str, exclude: str, expected: set[str]) -> None:
    base = app_folder(http_app(f"files = {files}\nexclude_files = {exclude}"), TREE)
    assert copied(base) == {f"{name}={name}" for name in expected}


def test_copies_keep_the_time_of_change(app_folder: Any) -> None:
    base = app_folder(http_app('files = ["a/*", { source = "d.txt", destination = "z.txt" }]'), TREE)
    for name in TREE:
        os.utime(base / name, ns=(0, 1_000_000_007_123_456_789))
    copied(base)
    # Of a copy of before, too.
    copied(base)
    times = {path.stat().st_mtime_ns for path in (base.parent / "work").rglob("*.*")}
    assert times == {1_000_000_007_123_456_789}


def test_placements_put_files_and_folders_elsewhere(app_folder: Any) -> None:
    places = {"a": "/x/y", "d.txt": "z.txt", "a/b": "/"}
    files = [f'{{ source = "{source}", destination = "{place}" }}' for source, place in places.items()]
    base = app_folder(http_app(f'files = [{", ".join(files)}]\nexclude_files = ["a/b/*"]'), TREE)
    assert copied(base) == {"x/y/1.txt=a/1.txt", "x/y/3.md=a/3.md", "z.txt=d.txt"}


def test_copies_that_land_in_the_apps_own_folder_are_not_copied_again(app_folder: Any) -> None:
    base = app_folder(http_app('files = ["**/*.txt"]'), TREE)
    inside = LockSettings(working_directory=base / "work", cache_directory=base / "cache")
    App.load(base).lock(inside)
    found = {str(path.relative_to(base / "work")) for path in (base / "work").rglob("*.txt")}
    assert found == {"assets/c/a/1.txt", "assets/c/a/b/2.txt", "assets/c/d.txt"}


@pytest.mark.parametrize(
    ("files", "code", "message"),
    [
        ('["a/.."]', "files-invalid", "can't end in `..`"),
        ('["."]', "files-invalid", "can't end in `.`"),
        ('["../*"]', "files-outside", "outside the application directory"),
        ('["a/../../x/*"]', "files-outside", "outside the application directory"),
        ('["/etc/*"]', "files-outside", "outside the application directory"),
        ('["missing.txt"]', "files-missing", "does not exist"),
        ('["a/**b"]', "files-invalid", "must stand alone"),
        ('["a/[b"]', "files-invalid", "without a `]`"),
        ('["a\\u0000b"]', "files-invalid", "NUL"),
        ('[{ source = "missing", destination = "x" }]', "files-missing", "does not exist"),
        ('[{ source = "../x", destination = "x" }]', "files-outside", "outside the application directory"),
        ('[{ source = "/etc/passwd", destination = "x" }]', "files-outside", "outside the application directory"),
        ('[{ source = "d.txt", destination = "/" }]', "files-invalid", '"/" is not a valid destination file name'),
        ('[{ source = "d.txt", destination = "../x" }]', "files-invalid", "leads out of the guest's files"),
        ('[{ source = "a", destination = "/x/../../y" }]', "files-invalid", "leads out of the guest's files"),
        ('["out"]', "files-outside", "outside the application directory"),
        ('["folder/*"]', "files-outside", "outside the application directory"),
        ('["folder/secret"]', "files-outside", "outside the application directory"),
        ('[{ source = "folder", destination = "/" }]', "files-outside", "outside the application directory"),
    ],
)
def test_no_file_comes_from_outside_and_none_goes_there(app_folder: Any, files: str, code: str, message: str) -> None:
    base = app_folder(http_app(f"files = {files}"), TREE)
    (base.parent / "outside").mkdir()
    (base.parent / "outside" / "secret").write_text("secret", "utf-8")
    (base / "out").symlink_to(base.parent / "outside" / "secret")
    (base / "folder").symlink_to(base.parent / "outside")
    with pytest.raises(AtollError) as caught:
        App.load(base).lock(settings(base))
    assert (caught.value.code, caught.value.location and caught.value.location.line) == (code, 10)
    assert message in caught.value.message
    assert not [path for path in (base.parent / "work").rglob("*") if path.is_file()]


def test_links_within_the_app_are_followed_and_loops_end(app_folder: Any) -> None:
    base = app_folder(http_app('files = ["a/**/*.txt"]'), TREE)
    (base / "a" / "link.txt").symlink_to(base / "d.txt")
    (base / "a" / "b" / "loop").symlink_to(base / "a")
    assert copied(base) == {"a/1.txt=a/1.txt", "a/b/2.txt=a/b/2.txt", "a/link.txt=d.txt"}


def test_a_pipe_among_the_files_does_not_hang(app_folder: Any) -> None:
    base = app_folder(http_app('files = ["a/*"]'), TREE)
    os.mkfifo(base / "a" / "pipe")
    assert copied(base) == {"a/1.txt=a/1.txt", "a/3.md=a/3.md"}


def test_folders_are_mounted_directly(app_folder: Any) -> None:
    base = app_folder(http_app('files = ["a", { source = "a/b", destination = "/x" }]'), TREE)
    mounts = App.load(base).lock(settings(base, direct_mounts=True))["components"][0]["files"]
    assert mounts == [{"source": f"file://{base}/a", "path": "/a"}, {"source": f"file://{base}/a/b", "path": "/x"}]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('files = ["d.txt"]', "only folders can be mounted"),
        ('files = ["a/*"]', "only folders can be mounted"),
        ('files = [{ source = "..", destination = "/" }]', "outside the application directory"),
        ('files = ["folder"]', "outside the application directory"),
        ('exclude_files = ["x"]\nfiles = ["a"]', "`exclude_files` cannot be used with --direct-mounts"),
    ],
)
def test_what_cannot_be_mounted_directly_is_refused(app_folder: Any, lines: str, message: str) -> None:
    base = app_folder(http_app(lines), TREE)
    (base / "folder").symlink_to(base.parent)
    with pytest.raises(AtollError, match=message):
        App.load(base).lock(settings(base, direct_mounts=True))


@pytest.mark.parametrize(
    ("pattern", "matched", "refused"),
    [
        ("[]]", "]", "a"),
        ("[!]]", "a", "]"),
        ("[a^b]", "^", "c"),
        ("[a-c-]", "-", "d"),
        ("[!a]", "b", "/"),
        ("**/x", "a/b/x", "a/bx"),
        ("**/x", "x", "ax"),
        ("a/**/b/**", "a/b/c", "a/c"),
        ("a*b*c", "a1b2c", "a1b/c"),
        (".*", ".env", "env"),
        ("a.b", "a.b", "axb"),
    ],
)
def test_a_glob_matches_whole_paths(pattern: str, matched: str, refused: str) -> None:
    glob = Pattern(pattern)
    assert (glob.matches(matched), glob.matches(refused)) == (True, False)


@pytest.mark.parametrize("pattern", ["**/" * 200 + "x", "*a" * 200 + "b", "**/*a/" * 200 + "b"])
def test_a_hostile_glob_takes_no_longer_than_an_honest_one(pattern: str) -> None:
    start = time.monotonic()
    assert not Pattern(pattern, crosses_folders=True).matches("a/" * 500)
    assert time.monotonic() - start < 5
