"""What was pushed is, when it was pulled, the same app."""

import json
from pathlib import Path
from typing import Any

import pytest

from atoll.app import App
from atoll.errors import UserError
from atoll.packages.oci.applications import MAX_LAYERS, of_app
from atoll.packages.oci.folder import origin_of
from atoll.packages.oci.pushing import push
from atoll.packages.oci.transfer import Nobody
from atoll.registry.documents import Manifest
from tests.support import write_app

from .apps import artifact_of, essence, locked, write_everything
from .conftest import Local

SPIN_APP = "application/vnd.fermyon.spin.application.v1+config"
DATA = "application/vnd.wasm.content.layer.v1+data"
WASM = "application/vnd.wasm.content.layer.v1+wasm"
ARCHIVE = "application/vnd.wasm.content.bundle.v1.tar+gzip"


def travelled(manifest: Path, local: Local, tmp_path: Path, *, archived: bool = False) -> Path:
    """The app's manifest, after it was pushed and pulled."""
    (tmp_path / "pushed").mkdir()
    artifact = artifact_of(manifest, tmp_path / "pushed", archived=archived)
    name = f"{tmp_path.name.replace('_', '-').lower()}/app:1"
    push(local.client, artifact, local.reference(name), Nobody())
    return local.pull(name).path


@pytest.mark.parametrize("archived", [False, True], ids=["a layer each", "one layer"])
def test_all_that_a_manifest_says_arrives(local: Local, folder: Path, tmp_path: Path, archived: bool) -> None:
    manifest = write_everything(folder)
    pulled = travelled(manifest, local, tmp_path, archived=archived)
    assert essence(locked(pulled, tmp_path / "there")) == essence(locked(manifest, tmp_path / "here"))


def test_it_arrives_from_another_registry(tmp_path: Path, folder: Path, local: Local) -> None:
    """What was pulled can be pushed again, and is the same artifact."""
    manifest = write_everything(folder)
    first = artifact_of(manifest, tmp_path / "a")
    pulled = travelled(manifest, local, tmp_path)
    second = artifact_of(pulled, tmp_path / "b")
    # But for how components are built, which stays at home.
    assert {one.descriptor.digest for one in first.blobs[1:-1]} == {one.descriptor.digest for one in second.blobs[1:-1]}
    assert artifact_of(pulled, tmp_path / "c").content == second.content


def test_the_same_app_is_the_same_artifact(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = write_everything(folder)
    assert artifact_of(manifest, tmp_path / "a").content == artifact_of(manifest, tmp_path / "b").content
    archives = [artifact_of(manifest, _made(tmp_path / name), archived=True).content for name in ("c", "d")]
    assert archives[0] == archives[1]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    created = artifact_of(manifest, tmp_path / "e").manifest.annotations["org.opencontainers.image.created"]
    assert created == "2023-11-14T22:13:20Z"


def test_the_artifact_is_spins(folder: Path, tmp_path: Path) -> None:
    artifact = artifact_of(write_everything(folder), tmp_path / "a")
    manifest: Manifest = artifact.manifest
    assert manifest.config.media_type == "application/vnd.oci.image.config.v1+json"
    assert {one.media_type for one in manifest.layers} == {WASM, DATA, SPIN_APP}
    assert manifest.annotations == {
        "org.opencontainers.image.title": "everything",
        "org.opencontainers.image.version": "1.2.3",
        "org.opencontainers.image.description": "All that a manifest can say",
        "org.opencontainers.image.authors": "Anna <anna@example.com>",
    }
    config = json.loads(_bytes(artifact.blobs[0].source))
    assert config["config"]["Labels"] == {"com.fermyon.spin.lockedAppDigest": manifest.layers[-1].digest}
    document = json.loads(_bytes(artifact.blobs[-1].source))
    component = document["components"][0]
    assert component["source"] == {"content_type": "application/wasm", "digest": manifest.layers[0].digest}
    files = {file["path"]: file for file in component["files"]}
    assert files["static/deep/er/ünder näme.txt"]["inline"] == "c21hbGw="
    assert set(files["static/large.bin"]) == {"digest", "path"}
    # Two files of the same bytes are one layer.
    assert files["static/large.bin"]["digest"] == files["static/same.bin"]["digest"]
    assert len([one for one in manifest.layers if one.media_type == DATA]) == 2
    assert "origin" not in document["metadata"]


def test_many_files_share_a_layer(local: Local, folder: Path, tmp_path: Path) -> None:
    (folder / "static").mkdir()
    for number in range(MAX_LAYERS + 1):
        (folder / "static" / f"{number}.txt").write_text(f"{number}" * 200)
    (folder / "one.wasm").write_bytes(b"\0asm\x0d\0\x01\0")
    manifest = write_app(
        folder,
        '[[trigger.http]]\nroute = "/"\ncomponent = "c"\n[component.c]\nsource = "one.wasm"\nfiles = ["static/*"]\n',
    )
    (tmp_path / "a").mkdir()
    layers = artifact_of(manifest, tmp_path / "a").manifest.layers
    assert [one.media_type for one in layers] == [WASM, ARCHIVE, SPIN_APP]
    pulled = travelled(manifest, local, tmp_path)
    assert essence(locked(pulled, tmp_path / "b")) == essence(locked(manifest, tmp_path / "c"))


def test_too_many_components_are_refused(tmp_path: Path) -> None:
    components: list[dict[str, Any]] = []
    for number in range(MAX_LAYERS):
        file = tmp_path / f"{number}.wasm"
        file.write_bytes(b"\0asm\x0d\0\x01\0" + bytes([0, 5]) + number.to_bytes(5, "big"))
        components.append({"id": f"c{number}", "source": {"content_type": "application/wasm", "source": file.as_uri()}})
    app = {"spin_lock_version": 0, "metadata": {"name": "many"}, "triggers": [], "components": components}
    with pytest.raises(UserError) as caught:
        of_app(app, tmp_path, {})
    assert caught.value.code == "artifact-too-large"


def test_what_was_pulled_knows_where_it_is_from(local: Local, folder: Path, tmp_path: Path) -> None:
    pulled = travelled(write_everything(folder), local, tmp_path)
    origin = origin_of(pulled.parent)
    assert origin is not None
    assert origin.reference.endswith("/app:1")
    assert pulled.parent.name == origin.digest.replace(":", "-")
    assert origin_of(folder) is None
    assert App.load(pulled).name == "everything"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _bytes(source: bytes | Path) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()
