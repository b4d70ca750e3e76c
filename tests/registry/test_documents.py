"""Manifests from strangers: what is read, and what is refused before anything is fetched that they name."""

import json
from typing import Any

import pytest

from atoll.errors import UserError
from atoll.registry.documents import (
    DOCKER_MANIFEST,
    INDEX,
    MANIFEST,
    MAX_BLOB_BYTES,
    MAX_LAYERS,
    Index,
    Manifest,
    decode,
    encode,
)

BLOB = {"mediaType": "application/wasm", "digest": "sha256:" + "0" * 64, "size": 3}
GOOD: dict[str, Any] = {"schemaVersion": 2, "config": BLOB, "layers": [BLOB]}


def read(content: dict[str, Any] | bytes, media_type: str = MANIFEST) -> Manifest | Index:
    return decode(content if isinstance(content, bytes) else json.dumps(content).encode(), media_type, "host/app:1")


def test_manifests_of_all_kinds_are_read() -> None:
    assert isinstance(read(GOOD), Manifest)
    assert isinstance(read(GOOD | {"mediaType": DOCKER_MANIFEST}, DOCKER_MANIFEST), Manifest)
    assert isinstance(read({"schemaVersion": 2, "manifests": [BLOB]}, INDEX), Index)
    assert isinstance(read(GOOD, f"{MANIFEST}; charset=utf-8"), Manifest)


def test_the_kind_of_an_artifact_is_its_own_word_or_that_of_its_configuration() -> None:
    both = [read(GOOD), read(GOOD | {"artifactType": "application/x"})]
    assert [one.kind for one in both if isinstance(one, Manifest)] == ["application/wasm", "application/x"]


def test_a_document_that_is_written_is_read_as_it_was() -> None:
    manifest = read(GOOD | {"annotations": {"b": "1", "a": "2"}})
    content = encode(manifest)
    assert read(content) == read(json.loads(content))
    assert json.loads(content)["mediaType"] == MANIFEST
    assert encode(read(content)) == content


@pytest.mark.parametrize(
    ("content", "media_type", "why"),
    [
        (b"", MANIFEST, "cannot be read"),
        (b"[]", MANIFEST, "cannot be read"),
        (b"\xff", MANIFEST, "cannot be read"),
        (b"[" * 100_000, MANIFEST, "cannot be read"),
        (b'{"schemaVersion": 2, "config": ' + b"[" * 100_000, MANIFEST, "cannot be read"),
        ({"schemaVersion": 1}, MANIFEST, "schema version 1"),
        (GOOD | {"mediaType": INDEX}, MANIFEST, "calls itself"),
        (GOOD | {"manifests": []}, MANIFEST, "index and an artifact"),
        ({"schemaVersion": 2, "manifests": [], "layers": []}, INDEX, "index and an artifact"),
        (GOOD, "text/html", "text/html is not a manifest"),
        (GOOD, "", "without a media type"),
        ({"schemaVersion": 2, "config": BLOB}, MANIFEST, "layers"),
        (GOOD | {"layers": [BLOB | {"digest": "sha256:../../x"}]}, MANIFEST, "can be verified"),
        (GOOD | {"layers": [BLOB | {"digest": "md5:00"}]}, MANIFEST, "can be verified"),
        (GOOD | {"layers": [BLOB | {"size": -1}]}, MANIFEST, "-1 bytes"),
        (GOOD | {"layers": [BLOB | {"size": MAX_BLOB_BYTES + 1}]}, MANIFEST, "are the most"),
        (GOOD | {"layers": [BLOB | {"size": 1 << 80}]}, MANIFEST, "are the most"),
        (GOOD | {"layers": [BLOB | {"size": MAX_BLOB_BYTES}] * 9}, MANIFEST, "all its parts"),
        (GOOD | {"layers": [BLOB] * (MAX_LAYERS + 1)}, MANIFEST, "layers are the most"),
    ],
)
def test_what_is_no_manifest_is_refused(content: dict[str, Any] | bytes, media_type: str, why: str) -> None:
    with pytest.raises(UserError) as caught:
        read(content, media_type)
    assert caught.value.code == "artifact-invalid"
    assert caught.value.message.startswith("host/app:1: ")
    assert why in caught.value.message
