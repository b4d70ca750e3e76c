"""Sources and dependencies from registries: which version, in `atoll.lock`, by digest."""

import tomllib
from pathlib import Path

import pytest

from atoll.app import App
from atoll.errors import AtollError, render
from atoll.lock import LockSettings
from atoll.packages.oci.components import of_wasm
from atoll.packages.oci.pushing import push
from atoll.packages.oci.transfer import Nobody

from .conftest import Local

HEAD = (
    'spin_manifest_version = 2\napplication.name = "a"\ntrigger.http = [{ route = "/", component = "c" }]\n'
    "[component.c]\n"
)


def release(local: Local, name: str, version: str, content: bytes = b"", folder: Path = Path()) -> bytes:
    """A version of a package in the registry, which is a module with a section of its own; its bytes."""
    text = version.encode() + content
    wasm = b"\0asm\x01\0\0\0" + bytes([0, len(text) + 2, 1, ord("v")]) + text
    file = folder / "package.wasm"
    file.write_bytes(wasm)
    push(local.client, of_wasm(file, {}, title=name), local.reference(f"{name}:{version.replace('+', '_')}"), Nobody())
    return wasm


def lock(folder: Path, text: str, cache: Path) -> dict[str, bytes]:
    """What the component's source and dependencies are."""
    (folder / "spin.toml").write_text(HEAD + text)
    locked = App.load(folder).lock(LockSettings(working_directory=folder / "run", cache_directory=cache))
    component = locked["components"][0]
    sources = {"": component} | component.get("dependencies", {})
    return {name: Path(one["source"]["source"].removeprefix("file://")).read_bytes() for name, one in sources.items()}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_a_source_and_a_dependency_come_from_a_registry(local: Local, folder: Path, cache: Path) -> None:
    exact = release(local, "test/one", "1.2.0", folder=folder)
    for version in ("1.0.0", "1.4.0", "2.0.0", "1.5.0-rc.1"):
        release(local, "test/two", version, folder=folder)
    newest = release(local, "test/two", "1.10.0", folder=folder)
    host = local.client.registry
    text = (
        f'source = {{ registry = "{host}", package = "test:one", version = "1.2.0" }}\n'
        f'[component.c.dependencies]\n"test:two/x" = {{ registry = "{host}", package = "test:two", version = "1.2" }}\n'
    )
    assert lock(folder, text, cache) == {"": exact, "test:two/x": newest}
    pins = tomllib.loads((folder / "atoll.lock").read_text())
    assert [(pin["package"], pin["requirement"], pin["version"]) for pin in pins["package"]] == [
        ("test:one", "=1.2.0", "1.2.0"),
        ("test:two", "1.2", "1.10.0"),
    ]


def test_what_was_locked_stays_until_the_manifest_asks_for_something_else(
    local: Local, folder: Path, cache: Path
) -> None:
    first = release(local, "test/stays", "1.0.0", folder=folder)
    dependency = f'registry = "{local.client.registry}", package = "test:stays"'
    text = 'source = "package.wasm"\n[component.c.dependencies]\n"test:stays/x" = {{ {}, version = "{}" }}\n'
    assert lock(folder, text.format(dependency, "1"), cache)["test:stays/x"] == first
    second = release(local, "test/stays", "1.1.0", folder=folder)
    assert lock(folder, text.format(dependency, "1"), cache)["test:stays/x"] == first
    assert lock(folder, text.format(dependency, "1.1"), cache)["test:stays/x"] == second
    (folder / "atoll.lock").unlink()
    assert lock(folder, text.format(dependency, "1"), cache)["test:stays/x"] == second


def test_a_lock_file_needs_no_registry(local: Local, folder: Path, cache: Path) -> None:
    wasm = release(local, "test/kept", "1.0.0", folder=folder)
    text = f'source = {{ registry = "{local.client.registry}", package = "test:kept", version = "1.0.0" }}\n'
    lock(folder, text, cache)
    pins = folder / "atoll.lock"
    pins.write_text(pins.read_text().replace(local.client.registry, "127.0.0.1:1"))
    assert lock(folder, text.replace(local.client.registry, "127.0.0.1:1"), cache)[""] == wasm


def test_a_version_that_was_pushed_again_stays_what_it_was(local: Local, folder: Path, tmp_path: Path) -> None:
    first = release(local, "test/again", "1.0.0", folder=folder)
    text = f'source = {{ registry = "{local.client.registry}", package = "test:again", version = "1.0.0" }}\n'
    lock(folder, text, tmp_path / "one")
    second = release(local, "test/again", "1.0.0", b"other", folder=folder)
    assert lock(folder, text, tmp_path / "other")[""] == first
    (folder / "atoll.lock").unlink()
    assert lock(folder, text, tmp_path / "other")[""] == second


def test_a_lock_file_that_names_other_bytes_is_refused(local: Local, folder: Path, tmp_path: Path) -> None:
    release(local, "test/other", "1.0.0", folder=folder)
    text = f'source = {{ registry = "{local.client.registry}", package = "test:other", version = "1.0.0" }}\n'
    lock(folder, text, tmp_path / "one")
    pins = folder / "atoll.lock"
    digest = tomllib.loads(pins.read_text())["package"][0]["digest"]
    pins.write_text(pins.read_text().replace(digest, "sha256:" + "0" * 64))
    with pytest.raises(AtollError, match="was locked to sha256:000") as caught:
        lock(folder, text, tmp_path / "other")
    assert (caught.value.code, caught.value.location and caught.value.location.line) == ("digest-mismatch", 5)


def test_registries_are_found_in_the_configuration_of_wasm_packages(
    local: Local, folder: Path, cache: Path, home: Path
) -> None:
    wasm = release(local, "below/test/configured", "1.0.0", folder=folder)
    config = home / ".config/wasm-pkg/config.toml"
    config.parent.mkdir(parents=True)
    host = local.client.registry
    config.write_text(
        f'[namespace_registries]\ntest = {{ registry = "any.example.com", metadata = {{ preferredProtocol = "oci", '
        f'oci = {{ registry = "{host}", namespacePrefix = "below/" }} }} }}\n'
    )
    text = 'source = { package = "test:configured", version = "1.0.0" }\n'
    assert lock(folder, text, cache)[""] == wasm
    config.write_text(f'[package_registry_overrides]\n"test:configured" = "{host}/below"\n')
    (folder / "atoll.lock").unlink()
    assert lock(folder, text, cache)[""] == wasm
    config.write_text("[package_registry_overrides]\nx = 3\n")
    (folder / "atoll.lock").unlink()
    with pytest.raises(AtollError) as caught:
        lock(folder, text, cache)
    assert caught.value.code == "registry-config-invalid" and str(config) in caught.value.message


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        ('package = "test:none", version = "1.0.0"', "registry-unknown", "[namespace_registries]"),
        ('registry = "{}", package = "test:none", version = "1.0.0"', "artifact-missing", "test/none:1.0.0"),
        ('registry = "{}", package = "none", version = "1.0.0"', "package-invalid", "namespace:name"),
        ('registry = "{}", package = "a:b/../../c", version = "1.0.0"', "package-invalid", "namespace:name"),
        ('registry = "{}", package = "test:none", version = "one"', "package-invalid", "requirement of versions"),
        ('registry = "127.0.0.1:1", package = "test:none", version = "1.0.0"', "registry-unreachable", "127.0.0.1:1"),
    ],
)
def test_packages_that_cannot_be_had_are_told_with_their_line(
    local: Local, folder: Path, cache: Path, source: str, code: str, words: str
) -> None:
    with pytest.raises(AtollError) as caught:
        lock(folder, f"source = {{ {source.format(local.client.registry)} }}\n", cache)
    assert caught.value.code == code
    assert words in f"{caught.value.message} {getattr(caught.value, 'hint', '')}"
    assert caught.value.location is not None and caught.value.location.line == 5
    assert not (folder / "atoll.lock").exists()


def test_a_requirement_that_no_version_meets_names_those_that_there_are(
    local: Local, folder: Path, cache: Path
) -> None:
    release(local, "test/old", "0.9.0", folder=folder)
    text = (
        'source = "package.wasm"\n[component.c.dependencies]\n'
        f'"test:old/x" = {{ registry = "{local.client.registry}", package = "test:old", version = "^1" }}\n'
    )
    with pytest.raises(AtollError, match=r"no version that fits \^1; there are 0\.9\.0"):
        lock(folder, text, cache)


@pytest.mark.parametrize(
    "content", [b"\xff", b"version = 2\n", b"version = 1\n[[package]]\nname = 3\n", b"[", b"version = 1\nmore = 2\n"]
)
def test_a_lock_file_that_cannot_be_used_is_named(folder: Path, cache: Path, content: bytes) -> None:
    (folder / "atoll.lock").write_bytes(content)
    with pytest.raises(AtollError) as caught:
        lock(folder, 'source = { registry = "127.0.0.1:1", package = "a:b", version = "1.0.0" }\n', cache)
    assert "atoll.lock" in render(caught.value)


def test_a_folder_that_cannot_be_written_says_where_to_lock(local: Local, folder: Path, cache: Path) -> None:
    release(local, "test/readonly", "1.0.0", folder=folder)
    (folder / "atoll.lock").mkdir()
    with pytest.raises(AtollError) as caught:
        lock(
            folder,
            f'source = {{ registry = "{local.client.registry}", package = "test:readonly", version = "1.0.0" }}\n',
            cache,
        )
    assert caught.value.code == "lock-invalid"
