"""Containers in folders, which anybody on the machine may have put something into."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from atoll.capabilities.blobstore import Other
from atoll.capabilities.blobstore.conformance import CHECKS, Check, get, names, put, run
from atoll.capabilities.blobstore.memory import MemoryConfig
from atoll.capabilities.blobstore.providers.local import Local, LocalConfig
from atoll.capabilities.blobstore.providers.memory import Memory
from atoll.capabilities.provider import Place


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_folder_conforms(check: Check, place: Place) -> None:
    run(check, lambda: Local(LocalConfig(path="objects"), place))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_ends_with_the_run_conforms(check: Check, place: Place, tmp_path: Path) -> None:
    run(check, lambda: Memory(MemoryConfig(folder=str(tmp_path)), place))


@pytest.fixture
def local(place: Place) -> Local:
    return Local(LocalConfig(path="objects"), place)


def test_objects_are_files_that_other_programs_can_read(local: Local, place: Place) -> None:
    asyncio.run(put(local, "photos/cat.jpg", b"miau"))
    assert (place.config / "objects/photos/cat.jpg").read_bytes() == b"miau"
    (place.config / "objects/given.txt").write_bytes(b"hello")
    assert asyncio.run(get(local, "given.txt")) == b"hello"


def test_without_a_path_they_lie_in_the_state_of_the_app(place: Place) -> None:
    asyncio.run(put(Local(LocalConfig(), place), "a", b"1"))
    assert (place.state / "blobstore/files/a").read_bytes() == b"1"


def test_links_lead_nowhere(local: Local, place: Place) -> None:
    outside = place.config / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    asyncio.run(put(local, "a", b"1"))
    objects = place.config / "objects"
    (objects / "file").symlink_to(outside / "secret")
    (objects / "folder").symlink_to(outside)
    os.mkfifo(objects / "pipe")
    for name in ("file", "folder/secret", "pipe"):
        assert asyncio.run(get(local, name)) is None
        assert local.info(name) is None
        local.delete([name])
    assert asyncio.run(names(local)) == ["a"]
    with pytest.raises(Other, match="an object itself"):
        asyncio.run(put(local, "folder/new", b"1"))
    # A link is replaced, never followed.
    asyncio.run(put(local, "file", b"mine"))
    assert not (objects / "file").is_symlink()
    assert [path.name for path in outside.iterdir()] == ["secret"]
    assert (outside / "secret").read_text() == "secret"


def test_a_name_that_files_cannot_hold_is_refused(local: Local) -> None:
    asyncio.run(put(local, "a/b", b"1"))
    for name, reason in (
        ("a", "objects below"),
        ("a/b/c", "an object itself"),
        ("x" * 256, "255"),
        (".atoll/x", "keeps"),
    ):
        with pytest.raises(Other, match=reason):
            asyncio.run(put(local, name, b"2"))
    assert asyncio.run(names(local)) == ["a/b"]


def test_folders_end_with_their_last_object(local: Local, place: Place) -> None:
    asyncio.run(put(local, "a/b/c", b"1"))
    local.rename("a/b/c", "d/e")
    local.delete(["d/e"])
    assert [path.name for path in (place.config / "objects").iterdir()] == [".atoll"]
    asyncio.run(put(local, "a", b"1"))


def test_an_upload_that_is_closed_leaves_nothing_even_while_it_writes(local: Local, place: Place) -> None:
    upload = local.write("a")
    upload.write(b"1" * 100_000)
    with upload._busy:
        upload.close()
    with pytest.raises(Other, match="ended"):
        upload.write(b"2")
    assert list((place.config / "objects/.atoll/uploads").iterdir()) == []
    assert asyncio.run(names(local)) == []


def test_a_reader_that_stops_gives_the_file_back(local: Local) -> None:
    asyncio.run(put(local, "a", b"1" * 1_000_000))
    before = len(os.listdir("/proc/self/fd"))
    found = local.read("a", 0, 1 << 62)
    assert found is not None
    next(found[1])
    assert len(os.listdir("/proc/self/fd")) == before + 1
    del found
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_container_is_as_old_as_its_first_object(local: Local) -> None:
    assert local.created_at() == 0
    asyncio.run(put(local, "a", b"1"))
    assert abs(local.created_at() - time.time()) < 60


WRITER = """
import asyncio, sys
from pathlib import Path
from atoll.capabilities.blobstore.conformance import put
from atoll.capabilities.blobstore.providers.local import Local, LocalConfig
from atoll.capabilities.provider import Place
folder = Path(sys.argv[1])
local = Local(LocalConfig(path="objects"), Place(label="x", config=folder, state=folder))
for number in range(100000):
    asyncio.run(put(local, f"{number % 5}/object", b"%d" % (number % 10) * 400000))
    print(number, flush=True)
"""


def test_whoever_is_killed_loses_nothing_that_was_finished_and_leaves_no_half(local: Local, place: Place) -> None:
    for _ in range(3):
        command = [sys.executable, "-c", WRITER, str(place.config)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert int([writer.stdout.readline() for _ in range(20)][-1]) == 19
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
        finished = int(rest[-1]) if rest else 19
        for number in range(finished - 3, finished + 1):
            value = asyncio.run(get(local, f"{number % 5}/object"))
            assert value is not None and len(value) == 400_000 and len(set(value)) == 1
            # The one after it may have been finished as well, unsaid.
            assert value[:1] in (b"%d" % (number % 10), b"%d" % ((number + 5) % 10))


def test_what_the_killed_left_is_removed_by_the_next(place: Place) -> None:
    uploads = place.config / "objects/.atoll/uploads"
    first = Local(LocalConfig(path="objects"), place)
    living = first.write("a")
    (uploads / "left").write_bytes(b"1")
    (uploads / "young").write_bytes(b"1")
    long_ago = time.time() - 3600
    for path in uploads.iterdir():
        if path.name != "young":
            os.utime(path, (long_ago, long_ago))
    Local(LocalConfig(path="objects"), place).write("b").close()
    assert sorted(path.name for path in uploads.iterdir()) == sorted(["young", Path(living._path).name])
    living.finish()
    living.close()
    assert asyncio.run(names(first)) == ["a"]
