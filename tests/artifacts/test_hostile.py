"""Artifacts that want to do harm: nothing is written where it does not belong, and nothing grows without bound."""

import gzip
import io
import json
import resource
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from atoll.errors import AtollError, UserError
from atoll.packages.oci import archives, images, locked
from atoll.packages.oci.images import Image
from atoll.packages.oci.media import Packing
from atoll.registry.blobs import Blob
from atoll.registry.documents import Descriptor

from .conftest import Local
from .images import LAYER, ZSTD_LAYER, file, image, layer, link, put, spin_app, tar, zstd_of

ARCHIVE = "application/vnd.wasm.content.bundle.v1.tar+gzip"


def added(content: bytes, folder: Path, kind: str = LAYER) -> Image:
    """An image of one layer with this content."""
    path = folder / "layer"
    path.write_bytes(content)
    found = Image("host/app:1")
    found.add(path, Descriptor(media_type=kind, digest="", size=0), folder / "data")
    return found


def refusal(content: bytes, folder: Path, kind: str = LAYER) -> str:
    with pytest.raises(UserError) as caught:
        added(content, folder, kind)
    assert caught.value.code == "artifact-invalid"
    assert list(folder.rglob(".unpacked-*")) == []
    return caught.value.message


@pytest.mark.parametrize(
    "path",
    ["../out.txt", "/etc/out.txt", "a/../../out.txt", "a//b", "./a", "", ".", "..", "a/", "a\0b", "x/" * 3000 + "x"],
)
def test_files_of_an_app_stay_in_their_folder(local: Local, path: str) -> None:
    files = [{"path": path, "inline": "eA==", "digest": "sha256:" + "0" * 64}]
    with pytest.raises(UserError, match="leads out of its folder"):
        local.pull(put(local, spin_app(files), f"hostile/paths:{abs(hash(path)) % 10_000}"))
    assert list(local.store.apps.iterdir()) == []


@pytest.mark.parametrize("digest", ["../../../../etc/passwd", "sha256:" + "1" * 64, "", None])
def test_files_come_from_the_store_only(local: Local, digest: str | None) -> None:
    files = [{"path": "a.txt", "digest": digest}]
    with pytest.raises(UserError, match="has no such layer or file"):
        local.pull(put(local, spin_app(files), f"hostile/digests:{abs(hash(digest)) % 10_000}"))


def test_a_path_cannot_be_a_file_and_a_folder(local: Local) -> None:
    inline = {"inline": "eA==", "digest": "sha256:" + "0" * 64}
    with pytest.raises(UserError, match="a file and a folder at the same time"):
        local.pull(put(local, spin_app([{"path": "a", **inline}, {"path": "a/b", **inline}]), "hostile/both:1"))


@pytest.mark.parametrize("name", ["../x", "a/b", "A", "", "x" * 300, "c\ninjected = 1"])
def test_ids_of_components_are_ids(local: Local, name: str) -> None:
    source = {"content_type": "application/wasm", "digest": "sha256:" + "0" * 64}
    more = {"components": [{"id": name, "source": source}]}
    with pytest.raises(UserError) as caught:
        local.pull(put(local, spin_app([], **more), f"hostile/ids:{abs(hash(name)) % 10_000}"))
    assert caught.value.code == "artifact-invalid"


@pytest.mark.parametrize(
    "more",
    [
        {"metadata": {"name": "a\x00b\x1b"}},
        {"metadata": {"name": 'x"\n[component.evil]\nsource = "/etc/passwd"'}},
        {"metadata": {"name": "a", "authors": {"x": 1}}},
        {"variables": {"Not A Name": {"default": "x"}}},
    ],
)
def test_words_of_an_app_do_not_become_a_manifest(local: Local, more: dict[str, Any]) -> None:
    """They are quoted, and the manifest's own rules hold."""
    from atoll.app import App

    pulled = local.pull(put(local, spin_app([], **more), f"hostile/words:{abs(hash(str(more))) % 10_000}"))
    try:
        assert list(App.load(pulled.path).manifest.component) == ["c"]
    except AtollError as error:
        assert error.code.startswith(("manifest-", "id-"))


def test_a_document_that_is_too_large_is_not_fetched(local: Local) -> None:
    made = spin_app([], metadata={"name": "x" * (locked.MAX_BYTES + 1)})
    with pytest.raises(UserError, match=f"{locked.MAX_BYTES} are the most"):
        local.pull(put(local, made, "hostile/large:1"))


def test_a_deep_document_is_refused(local: Local) -> None:
    deep: Any = {}
    for _ in range(500):
        deep = {"a": deep}
    with pytest.raises(UserError, match=r"cannot be read|nested too deeply|no manifest"):
        local.pull(
            put(local, spin_app([], metadata={"name": "a", "triggers": {"http": deep}, "x": deep}), "hostile/deep:1")
        )


def test_a_bomb_is_noticed_before_it_fills_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 10 << 20)
    monkeypatch.setattr(images, "MAX_TOTAL_BYTES", 10 << 20)
    bomb = gzip.compress(tar(*(file(f"{number}", bytes(1 << 20)) for number in range(12))))
    assert len(bomb) < 100_000
    assert f"more than {10 << 20} bytes" in refusal(bomb, tmp_path)
    assert sum(path.stat().st_size for path in (tmp_path / "data").iterdir()) <= 1 << 20


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_decompressed_bytes_are_counted_even_if_no_file_has_them(tmp_path: Path, packing: Packing) -> None:
    content = tar(file("a", b"x")) + bytes(50 << 20)
    path = tmp_path / "layer"
    path.write_bytes(gzip.compress(content, 1) if packing == "gzip" else zstd_of(content))
    with (
        pytest.raises(UserError, match="holds more than 1000000 bytes"),
        archives.opened(path, packing, name="x", most=1_000_000) as archive,
    ):
        archive.fileobj.read(60 << 20)  # as a header of that size would
    with archives.opened(path, packing, name="x", most=1_000_000) as archive:
        assert [member.name for member in archives.members(archive)] == ["a"]


def test_headers_have_the_size_of_names(tmp_path: Path) -> None:
    huge = tarfile.TarInfo("x")
    huge.pax_headers = {"comment": "y" * (4 << 20)}
    tracemalloc.start()
    message = refusal(gzip.compress(tar((huge, b""))), tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "a header of" in message
    assert peak < 30 << 20
    long = tarfile.TarInfo("n" * 5_000)
    assert "a name of 5000 characters" in refusal(gzip.compress(tar((long, b""))), tmp_path)
    gnu = tar((tarfile.TarInfo("n" * (2 << 20)), b""), kind=tarfile.GNU_FORMAT)
    assert "a header of" in refusal(gzip.compress(gnu), tmp_path)


def test_a_size_in_an_extension_does_not_smuggle_members(tmp_path: Path) -> None:
    """A member whose PAX size and header size differ: whichever counts, there is no path to write to."""
    info = tarfile.TarInfo("a.txt")
    info.size = 512
    info.pax_headers = {"size": "0"}
    inner = tar(file("../../evil.txt", b"evil"))
    found = added(gzip.compress(tar((info, inner[:512]))), tmp_path)
    assert set(found.files) <= {"a.txt", "evil.txt"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "layer"]


def test_sparse_files_and_devices_are_not_made(tmp_path: Path) -> None:
    sparse = tarfile.TarInfo("sparse")
    sparse.pax_headers = {"GNU.sparse.size": str(1 << 40), "GNU.sparse.map": "0,1", "GNU.sparse.numblocks": "1"}
    assert "sparse" in refusal(gzip.compress(tar((sparse, b""))), tmp_path)
    special = [
        link(f"d{number}", "", kind) for number, kind in enumerate((tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE))
    ]
    assert added(gzip.compress(tar(*special)), tmp_path).files == {}


def test_links_lead_nowhere_outside(tmp_path: Path) -> None:
    found = added(
        gzip.compress(
            tar(
                link("etc", "/etc"),
                file("etc/passwd", b"mine"),
                link("hosts", "/etc/hosts"),
                link("hard", "/etc/passwd", tarfile.LNKTYPE),
                link("deep", "deep/deep/deep"),
                link("app.wasm", "../../../etc/hostname"),
            )
        ),
        tmp_path,
    )
    placed = {one.path for one in found.placed("app.wasm")}
    assert placed <= {"etc/passwd", "hard"}
    assert found.find("/app.wasm") is None
    assert not Path("/etc/passwd").read_bytes().startswith(b"mine")


def test_many_members_and_links_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 50)
    entries = gzip.compress(tar(*(file(f"{number}") for number in range(60))))
    assert "more than 50 files" in refusal(entries, tmp_path)
    monkeypatch.setattr(archives, "MAX_MEMBERS", 10_000)
    monkeypatch.setattr(images, "_MAX_ALL_LINKS", 10)
    assert "10 links" in refusal(gzip.compress(tar(*(link(f"{number}", "x") for number in range(20)))), tmp_path)


def zeros(size: int, window_log: int = 23) -> bytes:
    """A layer of one file, which takes next to nothing. The size is in bytes, a multiple of 1 MiB."""
    info = tarfile.TarInfo("zeros")
    info.size = size
    return zstd_of(info.tobuf(), *([bytes(1 << 20)] * (size >> 20)), bytes(10 << 10), window_log=window_log)


def unpack(path: Path, folder: Path, most: int) -> None:
    with archives.opened(path, "zstd", name="x", most=most) as archive:
        for member in archives.members(archive):
            archives.keep(archive, member, folder)


@pytest.mark.slow
def test_a_bomb_of_zstd_is_noticed_while_it_is_unpacked(tmp_path: Path) -> None:
    bomb = zeros(600 << 20)
    assert len(bomb) < 100_000
    (tmp_path / "layer").write_bytes(bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UserError, match=f"more than {200 << 20} bytes"):
        unpack(tmp_path / "layer", tmp_path / "data", 200 << 20)
    assert list((tmp_path / "data").iterdir()) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 << 10


def test_a_bomb_of_zstd_in_an_image_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_TOTAL_BYTES", 10 << 20)
    assert f"more than {10 << 20} bytes" in refusal(zeros(12 << 20), tmp_path, ZSTD_LAYER)
    assert not (tmp_path / "data").exists()


def test_what_zstd_has_to_remember_is_bounded(tmp_path: Path) -> None:
    assert list(added(zeros(1 << 20, 27), tmp_path, ZSTD_LAYER).files) == ["zeros"]
    assert "requires too much memory" in refusal(zeros(1 << 20, 28), tmp_path, ZSTD_LAYER)


@pytest.mark.parametrize(
    "content",
    [b"", b"not zstd", zstd_of(b"not tar" * 1000), gzip.compress(tar(file("a", b"x"))),
     zstd_of(tar(file("a", b"x" * 5000)))[:-20], zstd_of(tar(file("a", b"x" * 5000))[:1000]),
     zeros(8 << 20)[:-9], zeros(8 << 20)[:64] + b"damage" + zeros(8 << 20)[70:]],
)  # fmt: skip
def test_what_is_no_zstd_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "its archive cannot be read" in refusal(content, tmp_path, ZSTD_LAYER)


@pytest.mark.parametrize(
    "content",
    [b"", b"not gzip", gzip.compress(b"not tar" * 1000), gzip.compress(tar(file("a", b"x" * 5000)))[:-20],
     gzip.compress(tar(file("a", b"x" * 5000))[:1000]), gzip.compress(b"\xff" * 2048)],
)  # fmt: skip
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "its archive" in refusal(content, tmp_path)


def test_an_archive_of_an_app_is_bounded_too(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    from atoll.packages.oci import pulling

    monkeypatch.setattr(pulling, "MAX_TOTAL_BYTES", 1 << 20)
    bomb = Blob.of(gzip.compress(tar(file("a", bytes(4 << 20)))), ARCHIVE)
    with pytest.raises(UserError, match=f"more than {1 << 20} bytes"):
        local.pull(put(local, spin_app([], bomb), "hostile/bomb:1"))


def test_what_was_refused_leaves_the_registry_usable(local: Local) -> None:
    with pytest.raises(UserError):
        local.pull(put(local, image(layer(file("x", b"y"))), "hostile/first:1"))
    assert local.pull(put(local, spin_app([]), "hostile/second:1")).is_app


def test_memory_stays_small_for_large_layers(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as zipped,
        tarfile.open(fileobj=zipped, mode="w|") as archive,
    ):
        info = tarfile.TarInfo("large")
        info.size = 300 << 20
        archive.addfile(info, _Zeros())  # type: ignore[arg-type]  # something to read from
    found = added(out.getvalue(), tmp_path)
    assert list(found.files) == ["large"]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 << 10


class _Zeros:
    def read(self, size: int) -> bytes:
        return bytes(size)


def test_json_is_what_an_origin_is(tmp_path: Path) -> None:
    from atoll.packages.oci.folder import origin_of

    for content in ("", "[]", "{}", json.dumps({"reference": "x"})):
        (tmp_path / "artifact.json").write_text(content)
        assert origin_of(tmp_path) is None
