"""Manifests, tags and blobs of a real registry."""

import os
from pathlib import Path

import pytest

from atoll.errors import UserError
from atoll.registry import blobs
from atoll.registry.blobs import Blob
from atoll.registry.documents import INDEX, MANIFEST, Descriptor, Index, Manifest, Platform, encode
from atoll.registry.repository import Repository, repositories, selected
from atoll.registry.store import Store

CONFIG = Blob.of(b"{}", "application/vnd.oci.empty.v1+json")


class Counter:
    """How many bytes went over the wire."""

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self, size: int) -> None:
        self.bytes += size


def manifest_of(*layers: Blob) -> Manifest:
    return Manifest(schema_version=2, config=CONFIG.descriptor, layers=[layer.descriptor for layer in layers])


def pushed(repository: Repository, tag: str, *layers: Blob) -> Descriptor:
    for blob in (CONFIG, *layers):
        blobs.push(repository, blob, lambda _: None)
    content = encode(manifest_of(*layers))
    digest = repository.put_manifest(tag, content, MANIFEST)
    return Descriptor(media_type=MANIFEST, digest=digest, size=len(content))


def test_what_was_pushed_is_found_by_tag_and_digest(repository: Repository) -> None:
    described = pushed(repository, "1.0", Blob.of(b"layer", "text/plain"))
    for version in ("1.0", described.digest):
        fetched = repository.manifest(version)
        assert fetched.descriptor == described
        assert repository.digest(version) == described.digest
    assert repository.digest("2.0") is None
    assert repository.tags() == ["1.0"]
    assert repository.name in repositories(repository.client)


def test_what_is_not_there_is_named(repository: Repository) -> None:
    with pytest.raises(UserError) as caught:
        repository.manifest("1.0")
    assert caught.value.code == "artifact-missing"
    assert f"{repository.name}:1.0" in caught.value.message
    with pytest.raises(UserError, match="there is no"):
        repository.tags()


@pytest.mark.parametrize("size", [0, 1, 5_000_000, 140_000_000], ids=["none", "one", "at once", "in parts"])
def test_blobs_of_all_sizes_arrive_as_they_were(
    repository: Repository, store: Store, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "blob"
    file.write_bytes(os.urandom(size))
    blob, sent, received = Blob.of(file, "application/wasm"), Counter(), Counter()
    assert blobs.push(repository, blob, sent)
    assert not blobs.push(repository, blob, sent)
    path = blobs.fetch(repository, blob.descriptor, store, wasm=True, arrived=received)
    assert (sent.bytes, received.bytes) == (size, size)
    assert path == store.wasm / blob.descriptor.digest
    assert path.read_bytes() == file.read_bytes()
    assert blobs.fetch(repository, blob.descriptor, store, wasm=True, arrived=received) == path
    assert received.bytes == size
    assert [one.name for one in store.wasm.iterdir()] == [blob.descriptor.digest]


def test_a_fetch_that_was_interrupted_is_taken_up(repository: Repository, store: Store) -> None:
    content = os.urandom(3_000_000)
    blob, received = Blob.of(content, "application/wasm"), Counter()
    blobs.push(repository, blob, lambda _: None)
    store.data.mkdir(parents=True)
    (store.data / f".{blob.descriptor.digest}.partial").write_bytes(content[:1_000_000])
    path = blobs.fetch(repository, blob.descriptor, store, wasm=False, arrived=received)
    assert received.bytes == 2_000_000
    assert path.read_bytes() == content


def test_a_blob_of_another_repository_is_mounted(repository: Repository) -> None:
    blob, sent = Blob.of(os.urandom(1000), "application/wasm"), Counter()
    blobs.push(repository, blob, lambda _: None)
    other = Repository(repository.client, f"{repository.name}-other")
    assert not blobs.push(other, blob, sent, mount_from=repository.name)
    assert sent.bytes == 0
    assert blobs.exists(other, blob.descriptor.digest)
    assert blobs.content(other, blob.descriptor, 1000) == blob.source


def test_many_tags_come_in_pages(repository: Repository) -> None:
    pushed(repository, "first")
    fetched = repository.manifest("first")
    tags = sorted(f"t{number:03}" for number in range(120))
    for tag in tags:
        repository.put_manifest(tag, fetched.content, fetched.media_type)
    assert repository.tags() == ["first", *tags]


def test_of_an_index_the_artifact_for_wasm_is_taken(repository: Repository) -> None:
    native, wasm = pushed(repository, "a", Blob.of(b"1", "x/y")), pushed(repository, "b", Blob.of(b"2", "x/y"))
    entries = [
        Descriptor(media_type=MANIFEST, digest=one.digest, size=one.size, platform=platform)
        for one, platform in [(native, Platform(architecture="amd64", os="linux")),
                              (wasm, Platform(architecture="wasm", os="wasip1"))]
    ]  # fmt: skip
    repository.put_manifest("all", encode(Index(schema_version=2, manifests=entries)), INDEX)
    assert selected(repository, "all").fetched.digest == wasm.digest
    repository.put_manifest("one", encode(Index(schema_version=2, manifests=entries[:1])), INDEX)
    assert selected(repository, "one").fetched.digest == native.digest
    repository.put_manifest("none", encode(Index(schema_version=2, manifests=[])), INDEX)
    with pytest.raises(UserError, match="holds 0 artifacts"):
        selected(repository, "none")


def test_indexes_in_indexes_are_not_followed(repository: Repository) -> None:
    inner = encode(Index(schema_version=2, manifests=[pushed(repository, "a")]))
    digest = repository.put_manifest("inner", inner, INDEX)
    entry = Descriptor(media_type=INDEX, digest=digest, size=len(inner))
    repository.put_manifest("outer", encode(Index(schema_version=2, manifests=[entry])), INDEX)
    with pytest.raises(UserError, match="index holds another index"):
        selected(repository, "outer")


def test_a_registry_that_is_gone_is_named(registry: object, store: Store) -> None:
    from atoll.registry.client import Client

    from .conftest import HASTY

    with Client("127.0.0.1:1", patience=HASTY) as client, pytest.raises(UserError) as caught:
        Repository(client, "a/b").manifest("1")
    assert caught.value.code == "registry-unreachable"
    assert "127.0.0.1:1" in caught.value.message
