"""The commands of registries as one types them: push, pull, tag, list, copy, login, logout, and `up -f REFERENCE`."""

import json
from pathlib import Path

import httpx
import pytest

from atoll.host import core
from atoll.testing import up
from tests.cli.conftest import Atoll, Said
from tests.registry.test_access import closed
from tests.servers.registry import PASSWORD, USER, DockerRegistry, go_registry
from tests.support import answering, built, get, refused, write_app

from .apps import essence, locked, write_everything
from .conftest import Local
from .images import file, image, layer, put

__all__ = ["closed"]


@pytest.fixture
def home_of(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": ""}


def test_an_app_goes_there_and_back(atoll: Atoll, registry: DockerRegistry, folder: Path, tmp_path: Path) -> None:
    manifest = write_everything(folder)
    name = f"{registry.host}/commands/app"
    first = json.loads(atoll("push", f"{name}:1.0", "-f", str(folder), "--json").out)
    assert first["reference"] == f"{name}:1.0" and first["sent"] == first["size"] > 1000
    again = atoll("push", f"{name}:1.0", "-f", str(folder))
    assert again.out.splitlines()[0] == f"pushed {name}:1.0@{first['digest']}"
    assert again.out.splitlines()[1].startswith("0 bytes of ")
    assert json.loads(atoll("tag", f"{name}:1.0", "stable", "1", "--json").out) == {
        "digest": first["digest"],
        "tags": ["stable", "1"],
    }
    assert atoll("list", name).out == "1\n1.0\nstable\n"
    assert "commands/app" in json.loads(atoll("list", registry.host, "--json").out)
    pulled = json.loads(atoll("pull", f"{name}:stable", "-o", "there", "--json").out)
    assert (pulled["digest"], pulled["path"]) == (first["digest"], "there/spin.toml")
    assert essence(locked(tmp_path / "there/spin.toml", tmp_path / "a")) == essence(locked(manifest, tmp_path / "b"))
    taken = atoll("pull", f"{name}:stable", "-o", "there")
    assert (taken.code, "is there already" in taken.err) == (1, True)


def test_a_component_is_what_wkg_pulls(atoll: Atoll, registry: DockerRegistry, tmp_path: Path) -> None:
    guest = built("rust-called")
    reference = f"{registry.host}/acme/called:1.2.0"
    said = atoll("push", reference, "-f", str(guest), "--annotation", "org.example.note=yes")
    assert said.code == 0, said.err
    assert atoll("pull", reference, "-o", "called.wasm").code == 0
    assert (tmp_path / "called.wasm").read_bytes() == guest.read_bytes()
    accepted = {"accept": "application/vnd.oci.image.manifest.v1+json"}
    manifest = get(f"http://{registry.host}/v2/acme/called/manifests/1.2.0", headers=accepted).json()
    assert manifest["config"]["mediaType"] == "application/vnd.wasm.config.v0+json"
    assert [layer["mediaType"] for layer in manifest["layers"]] == ["application/wasm"]
    assert manifest["annotations"] == {"org.opencontainers.image.title": "called", "org.example.note": "yes"}
    config = get(f"http://{registry.host}/v2/acme/called/blobs/{manifest['config']['digest']}").json()
    assert (config["os"], config["architecture"]) == ("wasip2", "wasm")
    assert config["layerDigests"] == [manifest["layers"][0]["digest"]]
    surface = core.surface(str(guest))
    assert config["component"]["exports"] == surface.exports != []
    assert config["component"]["imports"] == [one.name for one in surface.imports]


def test_a_copy_has_the_same_digest_in_another_registry(
    atoll: Atoll, registry: DockerRegistry, folder: Path, tmp_path: Path
) -> None:
    write_everything(folder)
    source = f"{registry.host}/commands/copied:1"
    pushed = json.loads(atoll("push", source, "-f", str(folder), "--json").out)
    with go_registry(tmp_path) as other:
        there = f"{other.host}/mirror/copied:2"
        copied = json.loads(atoll("copy", source, there, "--json").out)
        assert copied == {**pushed, "reference": there}
        again = json.loads(atoll("copy", source, there, "--json").out)
        assert again["sent"] == 0
        assert json.loads(atoll("pull", there, "--json").out)["digest"] == pushed["digest"]
    inside = json.loads(atoll("copy", source, f"{registry.host}/commands/elsewhere:1", "--json").out)
    assert inside["sent"] == 0


@pytest.fixture
def greeting(atoll: Atoll, registry: DockerRegistry, folder: Path) -> str:
    """An app in the registry that answers."""
    write_app(folder, answering("rust-rooms") + 'key_value_stores = ["default"]\n')
    reference = f"{registry.host}/commands/greeting:1"
    said = atoll("push", reference, "-f", str(folder))
    assert said.code == 0, said.err
    return reference


def test_an_app_is_served_from_a_registry_and_keeps_its_data(
    greeting: str, registry: DockerRegistry, home: Path, home_of: dict[str, str]
) -> None:
    store = "key-value/v2"
    with up(greeting, env=home_of) as running:
        set_to = httpx.post(f"{running.url}/{store}/set", params={"store": "default", "key": "a"}, content=b"kept")
        assert set_to.status_code == 200
    with up(greeting, env=home_of) as running:
        assert get(f"{running.url}/{store}/get", params={"store": "default", "key": "a"}).content == b"kept"
    state = home / ".local/state/atoll/apps" / registry.host.replace(":", "_") / "commands/greeting"
    assert (state / "sqlite_key_value.db").is_file()


def test_an_app_that_is_not_there_is_refused(registry: DockerRegistry, home_of: dict[str, str]) -> None:
    ended = refused("-f", f"{registry.host}/commands/nothing:1", env=home_of)
    assert f"there is no {registry.host}/commands/nothing:1" in ended.stderr


def test_a_path_wins_over_a_reference_unless_one_says_so(
    atoll: Atoll, registry: DockerRegistry, tmp_path: Path, home_of: dict[str, str]
) -> None:
    (tmp_path / "localhost" / "app").mkdir(parents=True)
    assert "there is no file localhost/app/spin.toml" in atoll("up", "-f", "localhost/app", env=home_of).err
    said = atoll("up", "-f", "localhost/app", "--from-registry", env=home_of).err
    assert "localhost cannot be reached" in said


def test_objects_of_this_machine_cannot_travel(atoll: Atoll, registry: DockerRegistry, folder: Path) -> None:
    manifest = write_everything(folder)
    more = '[application.tool.atoll.imports]\n"acme:a/b" = "module:Class"\n\n[application.trigger.redis]'
    manifest.write_text(manifest.read_text().replace("[application.trigger.redis]", more))
    said = atoll("push", f"{registry.host}/commands/objects:1", "-f", str(folder))
    assert (said.code, "answered by Python objects of this machine" in said.err) == (1, True)


def test_a_push_by_digest_and_a_file_that_is_no_wasm_are_refused(
    atoll: Atoll, registry: DockerRegistry, tmp_path: Path
) -> None:
    (tmp_path / "no.wasm").write_bytes(b"hello, I am text")
    assert "no.wasm is not a wasm module" in atoll("push", f"{registry.host}/a/b:1", "-f", "no.wasm").err
    digest = f"{registry.host}/a/b@sha256:{'0' * 64}"
    (tmp_path / "yes.wasm").write_bytes(b"\0asm\x01\0\0\0")
    assert "names a digest" in atoll("push", digest, "-f", "yes.wasm").err


def test_signing_in_and_out(
    atoll: Atoll, closed: DockerRegistry, folder: Path, home: Path, home_of: dict[str, str]
) -> None:
    write_everything(folder)
    push = ("push", f"{closed.host}/a/app:1", "-f", str(folder))
    denied = atoll(*push, env=home_of)
    assert (denied.code, f"atoll login {closed.host}" in denied.err) == (1, True)
    wrong = atoll("login", closed.host, "-u", USER, "--password-stdin", stdin=b"wrong\n", env=home_of)
    assert (wrong.code, "does not know" in wrong.err) == (1, True)
    assert "nobody is there to be asked" in atoll("login", closed.host, env=home_of).err
    both = atoll("login", closed.host, "-u", USER, "-p", "x", "--password-stdin", env=home_of)
    assert "exclude each other" in both.err
    right = atoll("login", closed.host, "-u", USER, "--password-stdin", stdin=f"{PASSWORD}\n".encode(), env=home_of)
    assert right.code == 0 and PASSWORD not in right.out
    assert atoll(*push, env=home_of).code == 0
    assert "signed out" in atoll("logout", closed.host, env=home_of).out
    assert "nobody was signed in" in atoll("logout", closed.host, env=home_of).out
    assert atoll(*push, env=home_of).code == 1


def test_a_command_is_run_from_a_registry(atoll: Atoll, registry: DockerRegistry) -> None:
    reference = f"{registry.host}/commands/tool:1"
    assert atoll("push", reference, "-f", str(built("rust-cli-p2"))).code == 0
    assert atoll("run", reference, "-e", "A=1", "--", "env") == Said(0, "A=1\n", "")


def test_a_container_image_is_run_with_its_files_and_environment(atoll: Atoll, local: Local) -> None:
    layers = layer(file("app.wasm", built("rust-cli-p2").read_bytes()), file("etc/motd", b"hello"))
    reference = str(local.reference(put(local, image(layers, Env=["LEVEL=info"]), "commands/image:1")))
    assert atoll("run", reference, "--", "read", "/etc/motd") == Said(0, "hello", "")
    assert atoll("run", reference, "-e", "A=1", "--", "env").out.split() == ["LEVEL=info", "A=1"]
    assert atoll("run", reference, "--", "write", "/etc/motd", "x").code != 0


def test_an_app_of_several_components_is_not_run(atoll: Atoll, registry: DockerRegistry, folder: Path) -> None:
    write_everything(folder)
    reference = f"{registry.host}/commands/several:1"
    atoll("push", reference, "-f", str(folder))
    said = atoll("run", reference)
    assert (said.code, "is an app of" in said.err, f"atoll up -f {reference}" in said.err) == (1, True, True)
