"""Containers of objects, through `wasi:blobstore`."""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.rooms.conftest import AskedInVain, Open, Room
from tests.servers.moto import ACCESS_KEY, REGION, SECRET_KEY
from tests.servers.s3 import s3
from tests.support import address, answering, refused, resident, write_app

KEYS = 'tool.atoll.blobstores = ["default"]\n'
DENIED = "may not use the container"


def at(name: str, **more: str | int) -> dict[str, Any]:
    return {"container": "default", "name": name} | more


def onto(container: str, name: str) -> dict[str, Any]:
    """Where a copy goes."""
    return {"to": container, "as": name}


def test_a_guest_writes_reads_lists_and_deletes_objects(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        room("blobstore/put", b"hello", **at("a/b.txt"))
        room("blobstore/put", b"", **at("empty"))
        assert (tmp_path / ".spin/blobstore/default/a/b.txt").read_bytes() == b"hello"
        assert room("blobstore/get", **at("a/b.txt")) == b"hello"
        assert room("blobstore/get", **at("a/b.txt", sync=1)) == b"hello"
        assert room("blobstore/get", **at("empty")) == b""
        assert room("blobstore/get", **at("empty", sync=1, end=0)) == b""
        assert room("blobstore/has", **at("empty")) == b"true"
        assert room("blobstore/has", **at("nothing")) == b"false"
        info = room("blobstore/info", **at("a/b.txt")).decode()
        assert 'name: "a/b.txt", container: "default"' in info and "size: 5" in info
        assert abs(int(info.split("created-at: ")[1].split(",")[0]) - time.time()) < 60
        assert room("blobstore/list", container="default") == b"a/b.txt\nempty"
        room("blobstore/delete", **at("empty"))
        room("blobstore/delete", **at("empty"))
        assert room("blobstore/list", container="default") == b"a/b.txt"
        room("blobstore/put", b"1", **at("c"))
        room("blobstore/delete-many", **at("c,a/b.txt,nothing"))
        assert room("blobstore/list", container="default") == b""


def test_both_ends_of_a_range_belong_to_it(open_room: Open) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        room("blobstore/put", b"0123456789", **at("a"))
        for start, end, part in ((0, 0, b"0"), (2, 4, b"234"), (9, 9, b"9"), (8, 100, b"89"), (10, 12, b"")):
            assert room("blobstore/get", **at("a", start=start, end=end)) == part
            assert room("blobstore/size", **at("a", start=start, end=end)) == str(len(part)).encode()
        for start, end, why in ((11, 12, "the object has 10 bytes"), (4, 2, "after its end")):
            with pytest.raises(AskedInVain, match=why):
                room("blobstore/get", **at("a", start=start, end=end))
        with pytest.raises(AskedInVain, match='there is no object "b"'):
            room("blobstore/get", **at("b"))


def test_a_container_is_there_as_long_as_it_is_granted(open_room: Open) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        assert room("blobstore/exists", container="default") == b"true"
        assert room("blobstore/create", container="default") == b"created"
        assert room("blobstore/name", container="default") == b"default"
        assert 'name: "default"' in room("blobstore/container-info", container="default").decode()
        for number in range(3):
            room("blobstore/put", b"1", **at(f"dir{number}/a"))
        room("blobstore/clear", container="default")
        assert room("blobstore/list", container="default") == b""
        room("blobstore/put", b"1", **at("a"))
        room("blobstore/delete-container", container="default")
        assert room("blobstore/list", container="default") == b""


TWO = 'tool.atoll.blobstores = ["default", "other"]\n'
MEMORY = '[blobstore.other]\ntype = "memory"\n'


def test_objects_are_copied_and_moved_between_containers(open_room: Open) -> None:
    with open_room("rust-rooms", TWO, MEMORY, "--workers", "2") as room:
        value = os.urandom(1_000_000)
        room("blobstore/put", value, **at("a"))
        room("blobstore/copy", **at("a", **onto("other", "b")))
        room("blobstore/copy", **at("a", **onto("default", "c")))
        assert room("blobstore/get", container="other", name="b") == value
        room("blobstore/move", container="other", name="b", **onto("default", "d"))
        room("blobstore/move", **at("c", **onto("default", "e")))
        assert room("blobstore/list", container="default") == b"a\nd\ne"
        assert room("blobstore/list", container="other") == b""
        with pytest.raises(AskedInVain, match='no object "b"'):
            room("blobstore/copy", container="other", name="b", **onto("default", "x"))


def test_memory_is_shared_by_the_workers_and_ends_with_the_run(open_room: Open, tmp_path: Path) -> None:
    keys = 'tool.atoll.blobstores = ["other"]\n'
    with open_room("rust-rooms", keys, MEMORY, "--workers", "2") as room:
        room("blobstore/put", b"1", container="other", name="a")
        assert all(room("blobstore/get", container="other", name="a") == b"1" for _ in range(20))
    with open_room("rust-rooms", keys, MEMORY, "--workers", "2") as room:
        assert room("blobstore/has", container="other", name="a") == b"false"
    assert not (tmp_path / ".spin/blobstore").exists()


def test_what_was_not_granted_is_refused_by_every_function(open_room: Open) -> None:
    config = MEMORY + '[blobstore.third]\ntype = "memory"\n'
    with open_room("rust-rooms", TWO, config, "--workers", "1") as room:
        room("blobstore/put", b"1", **at("a"))
        for label in ("third", "nobody", "", "DEFAULT", "../default", "default/"):
            for what in ("create", "exists", "delete-container", "list"):
                with pytest.raises(AskedInVain, match=DENIED):
                    room(f"blobstore/{what}", container=label)
            with pytest.raises(AskedInVain, match=r"tool.atoll.blobstores"):
                room("blobstore/copy", **at("a", **onto(label, "a")))
            with pytest.raises(AskedInVain, match=DENIED):
                room("blobstore/move", container=label, name="a", **onto("default", "a"))


def test_a_component_without_a_grant_has_no_container(open_room: Open) -> None:
    with (
        open_room("rust-rooms", "", "", "--workers", "1") as room,
        pytest.raises(AskedInVain, match=r"`tool.atoll.blobstores` grants it"),
    ):
        room("blobstore/list", container="default")


def test_labels_that_nobody_configured_are_all_named_at_the_start(tmp_path: Path) -> None:
    manifest = write_app(tmp_path, answering("rust-rooms") + 'tool.atoll.blobstores = ["one", "default", "two"]\n')
    ended = refused("-f", str(manifest))
    text = " ".join(ended.stderr.split())
    assert "`one` is not configured" in text and "`two` is not configured" in text
    assert "`default`" in text


def test_names_do_not_lead_out_of_the_container(open_room: Open, tmp_path: Path) -> None:
    secret = tmp_path / ".spin/blobstore/secret"
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        room("blobstore/put", b"1", **at("a"))
        secret.write_text("secret")
        for name in ("../secret", "/etc/passwd", "a/../../secret", "./a", "", "a\0b", ".atoll/x"):
            with pytest.raises(AskedInVain, match="name"):
                room("blobstore/get", **at(name))
            with pytest.raises(AskedInVain, match="name"):
                room("blobstore/put", b"2", **at(name))
        (tmp_path / ".spin/blobstore/default/link").symlink_to(secret)
        with pytest.raises(AskedInVain, match="no object"):
            room("blobstore/get", **at("link"))
        assert room("blobstore/list", container="default") == b"a"
        assert secret.read_text() == "secret"


def test_what_is_not_finished_leaves_nothing(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        room("blobstore/put", b"old", **at("a"))
        room("blobstore/put", b"x" * 1_000_000, **at("a", unfinished=1))
        assert room("blobstore/get", **at("a")) == b"old"
        until_empty(tmp_path / ".spin/blobstore/default/.atoll/uploads")


def until_empty(folder: Path) -> None:
    for _ in range(200):
        if not list(folder.iterdir()):
            return
        time.sleep(0.05)
    raise AssertionError(list(folder.iterdir()))


def test_a_small_value_may_be_written_before_it_belongs_to_an_object(open_room: Open) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        room("blobstore/put", b"x" * 200_000, **at("a", late=1))
        assert room("blobstore/size", **at("a")) == b"200000"
        with pytest.raises(AskedInVain, match="call write-data before the rest"):
            room("blobstore/put", b"x" * 400_000, **at("b", late=1))


LARGE = 200_000_000


def pid(room: Room) -> int:
    """Of the only worker, which is the process itself."""
    return room.app.process.pid


def upload(room: Room, name: str, size: int) -> None:
    part = os.urandom(1 << 20)
    parts = (part[: min(len(part), size - start)] for start in range(0, size, len(part)))
    sent = room.client.post(f"{room.app.url}/blobstore/upload", params=at(name), content=parts)
    assert sent.status_code == 200, sent.text
    assert int(sent.text) == size


def test_an_object_of_two_hundred_megabytes_passes_through_a_small_process(open_room: Open, tmp_path: Path) -> None:
    keys = KEYS + 'tool.atoll.limits = { deadline = "5m", cpu_time = "4m", memory = "16MiB" }\n'
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        upload(room, "warm", 3_000_000)
        before = resident(pid(room))
        upload(room, "large", LARGE)
        after_upload = resident(pid(room))
        assert (tmp_path / ".spin/blobstore/default/large").stat().st_size == LARGE
        received = 0
        url = f"{room.app.url}/blobstore/download"
        with room.client.stream("POST", url, params=at("large")) as answer:
            for part in answer.iter_raw():
                received += len(part)
        assert received == LARGE
        after_download = resident(pid(room))
        assert max(after_upload, after_download) - before < 32_000_000


BEGUN = (
    b"POST /blobstore/upload?container=default&name=a HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n"
    + b"x" * 2_000_000
)


def test_an_upload_whose_client_leaves_leaves_nothing_behind(open_room: Open, tmp_path: Path) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        room("blobstore/put", b"old", **at("a"))
        with socket.create_connection(address(room.app.url)) as connection:
            connection.sendall(BEGUN)
            folder = tmp_path / ".spin/blobstore/default/.atoll/uploads"
            for _ in range(200):
                if any(path.stat().st_size > 1_000_000 for path in folder.iterdir()):
                    break
                time.sleep(0.05)
        until_empty(folder)
        assert room("blobstore/get", **at("a")) == b"old"


def test_a_client_that_reads_slowly_holds_up_the_provider_and_nobody_else(open_room: Open) -> None:
    keys = KEYS + 'tool.atoll.limits = { deadline = "5m", cpu_time = "4m" }\n'
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        upload(room, "large", 50_000_000)
        before = resident(pid(room))
        slow = [socket.create_connection(address(room.app.url)) for _ in range(8)]
        for connection in slow:
            connection.sendall(b"GET /blobstore/download?container=default&name=large HTTP/1.1\r\nhost: x\r\n\r\n")
            connection.recv(1000)
        time.sleep(1)
        assert resident(pid(room)) - before < 60_000_000
        assert room("blobstore/size", **at("large")) == b"50000000"
        for connection in slow:
            connection.close()


def test_a_value_beyond_the_quota_is_read_as_a_stream_only(open_room: Open) -> None:
    keys = KEYS + 'tool.atoll.quotas = { value_bytes = "100kB" }\n'
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        room("blobstore/put", b"x" * 100_001, **at("a"))
        assert len(room("blobstore/get", **at("a", sync=1, end=99_999))) == 100_000
        with pytest.raises(AskedInVain, match=r"quotas.value_bytes.*incoming-value-consume-async reads any size"):
            room("blobstore/get", **at("a", sync=1))
        assert len(room("blobstore/get", **at("a"))) == 100_001


def test_a_request_reads_and_writes_no_more_objects_at_once_than_it_may(open_room: Open) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room:
        room("blobstore/put", b"1", **at("a"))
        for what in ("read-many", "write-many"):
            assert room(f"blobstore/{what}", **at("a", count=32)) == b"32"
            with pytest.raises(AskedInVain, match="32 objects are being read or written"):
                room(f"blobstore/{what}", **at("a", count=33))
        assert room("blobstore/list", container="default") == b"a"


def test_quotas_of_names_and_calls_hold(open_room: Open) -> None:
    keys = KEYS + "tool.atoll.quotas = { key_bytes = 10, calls = 20 }\n"
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        room("blobstore/put", b"1", **at("x" * 10))
        with pytest.raises(AskedInVain, match=r"quotas.key_bytes"):
            room("blobstore/put", b"1", **at("x" * 11))
        room("blobstore/call-many", **at("a", count=19))
        with pytest.raises(AskedInVain, match=r"asked 20 times.*quotas.calls"):
            room("blobstore/call-many", **at("a", count=20))


def test_a_listing_of_many_objects_comes_in_steps(open_room: Open) -> None:
    with open_room("rust-rooms", KEYS, "", "--workers", "1") as room, ThreadPoolExecutor(4) as many:
        names = [f"dir{number % 3}/{number:03}" for number in range(60)]
        list(many.map(lambda name: room("blobstore/put", b"", **at(name)), names))
        expected = "\n".join(sorted(names)).encode()
        for step in (1, 7, 60, 1000, (1 << 64) - 1):
            assert room("blobstore/list", container="default", step=step) == expected
        assert len(room("blobstore/list", container="default", skip=50).split()) == 10
        assert room("blobstore/list", container="default", skip=1000) == b""


def test_a_request_that_is_ended_gives_up_its_upload(open_room: Open, tmp_path: Path) -> None:
    keys = KEYS + 'tool.atoll.limits = { deadline = "1s" }\n'
    with open_room("rust-rooms", keys, "", "--workers", "1") as room:
        with socket.create_connection(address(room.app.url)) as connection:
            connection.sendall(BEGUN)
            with suppress(OSError):
                connection.recv(1000)
        until_empty(tmp_path / ".spin/blobstore/default/.atoll/uploads")
        assert room("blobstore/has", **at("a")) == b"false"


def test_a_guest_in_python_does_the_same_part_by_part(open_room: Open) -> None:
    keys = KEYS + 'tool.atoll.limits = { deadline = "5m", cpu_time = "4m" }\n'
    with open_room("python-blobstore", keys, "", "--workers", "1") as room:
        value = os.urandom(3_000_000)
        room("blobstore/put", value, **at("a/b"))
        assert room("blobstore/get", **at("a/b")) == value
        assert room("blobstore/get", **at("a/b", start=10, end=19)) == value[10:20]
        assert room("blobstore/whole", **at("a/b")) == value
        assert room("blobstore/size", **at("a/b")) == b"3000000"
        room("blobstore/copy", **at("a/b", **onto("default", "c")))
        assert room("blobstore/list", container="default") == b"a/b\nc"
        room("blobstore/delete", **at("c"))
        assert room("blobstore/has", **at("c")) == b"false"
        with pytest.raises(AskedInVain, match=DENIED):
            room("blobstore/list", container="other")
        with pytest.raises(AskedInVain, match='no object "c"'):
            room("blobstore/get", **at("c"))


def test_objects_of_a_service_go_through_the_same_guest(open_room: Open, tmp_path: Path) -> None:
    with s3(tmp_path) as server:
        server.make_bucket("objects")
        place = f'bucket = "objects"\nregion = "{REGION}"\nendpoint = "{server.url}"\nprefix = "of/this/app"\n'
        who = f'timeout = "5s"\naccess_key = "{ACCESS_KEY}"\nsecret_key = "{SECRET_KEY}"\n'
        keys = KEYS + 'tool.atoll.limits = { deadline = "60s" }\n'
        with open_room("rust-rooms", keys, f'[blobstore.default]\ntype = "s3"\n{place}{who}', "--workers", "1") as room:
            upload(room, "large", 20_000_000)
            assert len(room("blobstore/download", **at("large"))) == 20_000_000
            assert room("blobstore/list", container="default") == b"large"
            room("blobstore/put", b"x" * 20_000_000, **at("b", unfinished=1))
            for _ in range(100):
                if not server.uploads("objects"):
                    break
                time.sleep(0.05)
            assert server.uploads("objects") == []
            server.stop()
            began = time.monotonic()
            with pytest.raises(AskedInVain, match="S3"):
                room("blobstore/get", **at("large"))
            assert time.monotonic() - began < 10
            server.start()
            server.make_bucket("objects")
            room("blobstore/put", b"1", **at("a"))
            assert room("blobstore/get", **at("a")) == b"1"
