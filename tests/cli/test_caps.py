"""`atoll caps`: what the data plane links and the registry finds, and nothing that is written down twice."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from atoll.capabilities import registry
from tests.packages import install


def caps(*arguments: str, **env: str) -> str:
    return ran([sys.executable, "-P", "-m", "atoll", "caps", *arguments], env)


def ran(command: list[str], env: dict[str, str]) -> str:
    everything = {**os.environ, **env}
    return subprocess.run(command, env=everything, stdout=subprocess.PIPE, text=True, timeout=120, check=False).stdout


@pytest.fixture(scope="module")
def listed() -> dict[str, dict[str, Any]]:
    return {capability["name"]: capability for capability in json.loads(caps("--json"))}


def test_interfaces_are_listed_with_every_version_that_is_linked(listed: dict[str, dict[str, Any]]) -> None:
    assert {
        "fermyon:spin/key-value",
        "fermyon:spin/key-value@2.0.0",
        "spin:key-value/key-value@3.0.0",
        "wasi:keyvalue/atomics@0.2.0-draft2",
    } < set(listed["key-value"]["interfaces"])
    assert set(listed["mqtt"]["interfaces"]) == {"fermyon:spin/mqtt@2.0.0", "spin:mqtt/mqtt@3.0.0"}


def test_wasi_has_both_of_its_lines_and_nothing_that_is_not_there(listed: dict[str, dict[str, Any]]) -> None:
    wasi = set(listed["wasi"]["interfaces"])
    assert {"wasi:cli/environment@0.2.12", "wasi:cli/environment@0.3.0", "wasi:http/client@0.3.0"} < wasi
    assert all(name.startswith("wasi:") for name in wasi)
    # Guests export them.
    assert not wasi & {"wasi:http/incoming-handler@0.2.12", "wasi:cli/run@0.2.12"}


def test_every_room_of_the_data_plane_and_of_python_is_there(listed: dict[str, dict[str, Any]]) -> None:
    assert {room.replace("_", "-") for room in registry.rooms()} <= set(listed)


def test_each_interface_stands_in_one_place(listed: dict[str, dict[str, Any]]) -> None:
    names = [name for capability in listed.values() for name in capability["interfaces"]]
    assert len(names) == len(set(names))


def test_providers_have_their_tier_and_what_installs_them(listed: dict[str, dict[str, Any]]) -> None:
    providers = {provider["type"]: provider for provider in listed["key-value"]["providers"]}
    assert (providers["spin"]["tier"], providers["spin"]["extra"]) == ("native", None)
    assert (providers["redis"]["tier"], providers["redis"]["extra"]) == ("python", "redis")
    assert providers["aws_dynamo"]["extra"] == "aws"


def test_a_provider_of_another_package_is_listed_with_it_and_one_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    stores = {"kept": "tests.rooms.stores:Awaited", "broken": "nowhere.at_all:Store"}
    path = install(tmp_path, "key_value", stores)
    [found] = [one for one in json.loads(caps("--json", PYTHONPATH=path)) if one["name"] == "key-value"]
    providers = {provider["type"]: provider for provider in found["providers"]}
    assert providers["kept"] == {
        "type": "kept",
        "tier": "third-party",
        "package": "strangers 1.0",
        "extra": None,
        "missing": None,
    }
    assert providers["broken"]["missing"] == "No module named 'nowhere'"


def test_people_get_a_list(listed: dict[str, dict[str, Any]]) -> None:
    text = caps()
    lines = text.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == list(listed)
    assert "fermyon:spin/key-value" in text
    assert any(line.split()[-1:] == ["atoll[redis]"] for line in lines)


def test_the_shell_completes_it() -> None:
    words = {"_ATOLL_COMPLETE": "bash_complete", "COMP_WORDS": "atoll c", "COMP_CWORD": "1"}
    assert "plain,caps" in ran([sys.executable, "-c", "from atoll.cli import main; main()"], words)
