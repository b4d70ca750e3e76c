"""WIT packages that come from a registry, with what they need."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Atoll
from tests.servers.registry import DockerRegistry
from tests.support import built

from .conftest import Written

PARTS = """package acme:parts@{version};
interface bell {{
    use wasi:clocks/monotonic-clock@0.2.12.{{instant}};
    use acme:units/length@1.0.0.{{metres}};
    ring: func(at: instant, far: metres) -> bool;
}}
"""
UNITS = "package acme:units@1.0.0;\ninterface length { type metres = u32; }\n"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}


def publish(atoll: Atoll, written: Written, registry: DockerRegistry, version: str) -> None:
    """Push a version of acme:parts as wkg does: as wasm, with all packages that it needs."""
    folder = written(f"parts-{version}", PARTS.format(version=version))
    written(f"parts-{version}/deps/units", UNITS)
    assert atoll("wit", "add", "wasi:clocks@0.2.12", "--wit", folder.name).code == 0
    made = atoll("wit", "print", folder.name, "-o", "parts.wasm")
    assert made.code == 0, made.err
    pushed = atoll("push", f"{registry.host}/acme/parts:{version}", "-f", "parts.wasm")
    assert pushed.code == 0, pushed.err


def test_a_package_comes_with_what_it_needs_and_is_renewed(
    atoll: Atoll, written: Written, registry: DockerRegistry, env: dict[str, str], tmp_path: Path
) -> None:
    publish(atoll, written, registry, "1.0.0")
    wit = written("wit", "package acme:mine@0.1.0;\nworld mine { import acme:parts/bell@1.0.0; }\n")
    added = json.loads(atoll("wit", "add", "acme:parts@1.0.0", "--registry", registry.host, "--json", env=env).out)
    assert added["added"] == ["acme:parts@1.0.0", "acme:units@1.0.0", "wasi:clocks@0.2.12", "wasi:io@0.2.12"]
    assert f'source = "registry:{registry.host}"' in (wit / "deps.lock").read_text()
    assert atoll("wit", "print", "wit").code == 0
    publish(atoll, written, registry, "1.1.0")
    assert atoll("wit", "add", env=env).out == "nothing to do\n"
    updated = json.loads(atoll("wit", "update", "--json", env=env).out)
    assert (updated["added"], updated["edited"]) == (["acme:parts@1.1.0"], ["world.wit"])
    (wit / "deps" / "acme-parts-1.1.0" / "package.wit").unlink()
    (wit / "deps" / "acme-parts-1.1.0").rmdir()
    assert atoll("wit", "add", env=env).out == "added acme:parts@1.1.0\n"


def test_the_configuration_says_which_registry_has_a_namespace(
    atoll: Atoll, written: Written, registry: DockerRegistry, env: dict[str, str], tmp_path: Path
) -> None:
    publish(atoll, written, registry, "2.0.0")
    written("wit", "package acme:mine@0.1.0;\n")
    unknown = atoll("wit", "add", "acme:parts@2.0.0", env=env)
    assert (unknown.code, "nobody has the package" in unknown.err) == (1, True)
    config = tmp_path / "home/.config/wasm-pkg/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[namespace_registries]\nacme = "{registry.host}"\n')
    assert "added acme:parts@2.0.0" in atoll("wit", "add", "acme:parts@2.0.0", env=env).out
    missing = atoll("wit", "add", "acme:parts@3.0.0", env=env)
    assert (missing.code, "nobody has the package" in missing.err) == (1, True)


def test_a_component_is_no_package_of_interfaces(
    atoll: Atoll, written: Written, registry: DockerRegistry, env: dict[str, str]
) -> None:
    written("wit", "package acme:mine@0.1.0;\n")
    atoll("push", f"{registry.host}/acme/called:1.0.0", "-f", str(built("rust-called")))
    said = atoll("wit", "add", "acme:called@1.0.0", "--registry", registry.host, env=env)
    assert (said.code, "is not the WIT of `acme:called@1.0.0`" in said.err) == (1, True)


def test_a_registry_that_cannot_be_asked_is_named(atoll: Atoll, written: Written, env: dict[str, str]) -> None:
    written("wit", "package acme:mine@0.1.0;\n")
    said = atoll("wit", "add", "acme:parts@1.0.0", "--registry", "127.0.0.1:1", env=env)
    assert (said.code, "127.0.0.1:1 cannot be reached" in said.err) == (1, True)
