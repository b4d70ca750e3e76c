"""What other tools have pushed: Spin's artifacts of all times, container images, and what crane makes of ours."""

import gzip
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from atoll.app import App
from atoll.errors import UserError
from atoll.packages.oci.artifact import artifact
from atoll.packages.oci.components import of_wasm
from atoll.registry.blobs import Blob
from tests.support import tool

from .apps import COMPONENT, artifact_of, write_everything
from .conftest import Local
from .images import CONFIG, LAYER, SPIN_APP, ZSTD_LAYER, file, image, layer, link, put, spin_app, tar, zstd_layer

DATA = "application/vnd.wasm.content.layer.v1+data"
ARCHIVE = "application/vnd.wasm.content.bundle.v1.tar+gzip"


def files_of(manifest: Path, component: str = "c") -> dict[str, str]:
    base = manifest.parent / "files" / component
    return {str(path.relative_to(base)): path.read_text() for path in base.rglob("*") if path.is_file()}


def test_an_app_of_spin_is_pulled(local: Local) -> None:
    data = Blob.of(b"much data" * 100, DATA)
    files = [
        {"path": "a/large.txt", "digest": data.descriptor.digest},
        {"path": "small.txt", "digest": "sha256:" + "0" * 64, "inline": "c21hbGw="},
    ]
    pulled = local.pull(put(local, spin_app(files, data), "others/spin:1"))
    assert pulled.is_app
    assert files_of(pulled.path) == {"a/large.txt": "much data" * 100, "small.txt": "small"}
    app = App.load(pulled.path)
    assert (app.name, app.manifest.application.trigger) == ("from-spin", {"http": {"base": "/"}})


def test_an_old_app_of_spin_has_its_application_as_configuration(local: Local) -> None:
    new = spin_app([])
    assert isinstance(new.blobs[-1].source, bytes)
    old = artifact(Blob.of(new.blobs[-1].source, SPIN_APP), new.blobs[1:-1], {})
    assert App.load(local.pull(put(local, old, "others/old:1")).path).name == "from-spin"


def test_files_of_an_archive_are_found_by_their_digests(local: Local) -> None:
    one, two = (Blob.of(text, DATA) for text in (b"one" * 100, b"two" * 100))
    archive = tar(file("./x/one.txt", b"one" * 100), file("../../two.txt", b"two" * 100), file("more.txt", b"more"))
    files = [{"path": f"{n}.txt", "digest": blob.descriptor.digest} for n, blob in enumerate((one, two))]
    pulled = local.pull(put(local, spin_app(files, Blob.of(gzip.compress(archive), ARCHIVE)), "others/archive:1"))
    assert files_of(pulled.path) == {"0.txt": "one" * 100, "1.txt": "two" * 100}
    # What the app does not name is not kept.
    assert len([path for path in local.store.data.iterdir() if b"more" in path.read_bytes()[:4]]) == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"spin_lock_version": 2}, "spin_lock_version"),
        ({"components": 3}, "components"),
        ({"must_understand": ["the_future"]}, "the_future"),
        ({"host_requirements": {"teleport": "required"}}, "teleport"),
        ({"metadata": {"name": "a", "atoll": {"imports": {"a:b/c": "os:system"}}}}, "Python objects"),
    ],
)
def test_an_application_that_cannot_be_met_is_refused(local: Local, more: dict[str, object], why: str) -> None:
    name = put(local, spin_app([], **more), f"others/unmet:{abs(hash(why)) % 1000}")
    with pytest.raises(UserError, match=why) as caught:
        local.pull(name)
    assert caught.value.code == "artifact-invalid"
    assert not local.store.apps.exists() or list(local.store.apps.iterdir()) == []


def test_requirements_that_are_optional_are_no_hindrance(local: Local) -> None:
    more = {
        "spin_lock_version": 1,
        "host_requirements": {"teleport": "optional"},
        "must_understand": ["host_requirements"],
    }
    assert local.pull(put(local, spin_app([], **more), "others/optional:1")).is_app


def test_a_container_image_with_a_wasm_entrypoint_is_an_app(local: Local) -> None:
    below = layer(
        file("app.wasm", COMPONENT), file("data/a.txt", b"below"), file("data/gone.txt", b"x"), file("old/b", b"x")
    )
    above = layer(
        file("data/a.txt", b"above"),
        file("data/.wh.gone.txt"),
        file("old/.wh..wh..opq"),
        file("old/c.txt", b"new"),
        link("data/link.txt", "a.txt"),
        link("shared", "/data"),
        link("data/hard.txt", "data/a.txt", tarfile.LNKTYPE),
        link("entry.wasm", "./app.wasm"),
        link("loop", "loop"),
        link("out", "../../../../etc/passwd"),
    )
    made = image(below, above, Entrypoint=["/entry.wasm"], Cmd=["serve"], Env=["LEVEL=info", "PATH=/bin", "A=b=c"])
    pulled = local.pull(put(local, made, "others/image:1"))
    assert files_of(pulled.path, "main") == {
        "data/a.txt": "above", "data/hard.txt": "above", "data/link.txt": "above", "old/c.txt": "new",
    }  # fmt: skip
    component = App.load(pulled.path).manifest.component["main"]
    assert component.environment == {"LEVEL": "info", "A": "b=c"}
    assert isinstance(component.source, str)
    assert (pulled.path.parent / component.source).read_bytes() == COMPONENT


def test_layers_may_be_zstd_as_docker_and_nerdctl_make_them(local: Local) -> None:
    below = zstd_layer(file("app.wasm", COMPONENT), file("a.txt", b"below" * 100_000), file("gone.txt", b"x"))
    above = layer(file("a.txt", b"above"), file(".wh.gone.txt"))
    top = zstd_layer(link("link.txt", "a.txt"), file("b.txt", b"top"))
    # What others append for lazy pulling is a frame to be skipped, and so is one in front.
    skipped = b"\x50\x2a\x4d\x18\x05\0\0\0hello"
    assert isinstance(top.source, bytes)
    padded = Blob.of(skipped + top.source + skipped, ZSTD_LAYER)
    pulled = local.pull(put(local, image(below, above, padded), "others/zstd:1"))
    assert files_of(pulled.path, "main") == {"a.txt": "above", "link.txt": "above", "b.txt": "top"}
    source = App.load(pulled.path).manifest.component["main"].source
    assert isinstance(source, str)
    assert (pulled.path.parent / source).read_bytes() == COMPONENT


@pytest.mark.parametrize(
    ("run", "why"),
    [
        ({"Entrypoint": ["/bin/sh"]}, 'starts "/bin/sh", which is not a wasm file'),
        ({"Entrypoint": []}, 'starts "nothing"'),
        ({"Entrypoint": ["/missing.wasm"]}, 'do not hold "/missing.wasm"'),
        ({"Entrypoint": "sh"}, "its configuration cannot be read"),
    ],
)
def test_other_images_are_refused(local: Local, run: dict[str, object], why: str) -> None:
    name = put(local, image(layer(file("app.wasm", COMPONENT)), **run), f"others/other:{len(why)}")
    with pytest.raises(UserError, match=why):
        local.pull(name)


def test_layers_of_other_kinds_are_refused(local: Local) -> None:
    xz = Blob.of(b"\xfd7zXZ\0", LAYER.replace("gzip", "xz"))
    with pytest.raises(UserError, match=r"tar, tar\+gzip and tar\+zstd are understood"):
        local.pull(put(local, image(xz), "others/xz:1"))


def test_an_artifact_of_two_wasm_layers_is_refused(local: Local, folder: Path) -> None:
    (folder / "c.wasm").write_bytes(COMPONENT)
    made = of_wasm(folder / "c.wasm", {}, title="two")
    two = artifact(made.blobs[0], [made.blobs[1], Blob.of(b"\0asm\x01\0\0\0", "application/wasm")], {})
    with pytest.raises(UserError, match="this artifact has 2"):
        local.pull(put(local, two, "others/two:1"))
    lie = artifact(made.blobs[0], [Blob.of(b"\0asm\x01\0\0\0", "text/html")], {})
    with pytest.raises(UserError, match="text/html, which is not a wasm file"):
        local.pull(put(local, lie, "others/lie:1"))


def test_a_foreign_client_finds_our_artifacts_sound(local: Local, folder: Path, tmp_path: Path) -> None:
    crane = tool("crane")
    name = str(local.reference(put(local, artifact_of(write_everything(folder), tmp_path / "a"), "others/crane:1")))

    def run(*arguments: str) -> str:
        return subprocess.run([crane, *arguments], check=True, capture_output=True, text=True).stdout

    manifest = json.loads(run("manifest", name))
    for one in [manifest["config"], *manifest["layers"]]:
        assert len(run("blob", f"{name.rpartition(':')[0]}@{one['digest']}").encode("utf-8", "surrogateescape")) > 0
    run("copy", name, str(local.reference("others/copied:1")))
    assert local.pull("others/copied:1").reference.digest == run("digest", name).strip()
    assert run("ls", name.rpartition(":")[0]).split() == ["1"]


def test_what_a_foreign_client_pushed_is_pulled(local: Local, tmp_path: Path) -> None:
    archive = tmp_path / "layer.tar"
    archive.write_bytes(tar(file("app.wasm", COMPONENT), file("a.txt", b"text")))
    name = str(local.reference("others/appended:1"))
    commands = [
        ["append", "--oci-empty-base", "-f", str(archive), "-t", name],
        ["mutate", name, "--entrypoint", "/app.wasm", "-t", name],
    ]
    for command in commands:
        subprocess.run([tool("crane"), *command], check=True, capture_output=True)
    assert files_of(local.pull("others/appended:1").path, "main") == {"a.txt": "text"}
    assert json.loads(local_manifest(local, "appended"))["config"]["mediaType"] == CONFIG


def local_manifest(local: Local, name: str) -> bytes:
    from atoll.registry.repository import Repository

    return Repository(local.client, f"others/{name}").manifest("1").content
