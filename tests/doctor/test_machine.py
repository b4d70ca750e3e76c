"""The machine's limits, each set for a process of its own, and the address."""

import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from atoll.doctor import Severity, examine, examine_machine
from atoll.doctor.checks import machine
from atoll.doctor.patient import Surroundings
from tests.doctor.patients import WHOLE, found, patient
from tests.support import ROOT


def under(folder: Path, limit: Callable[[], None]) -> str:
    """What doctor says of a process with that limit."""
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "atoll", "doctor", "--listen", "127.0.0.1:0"],
        cwd=folder,
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        (diagnosis,) = found(examine_machine(Surroundings(listen=address, folder=tmp_path)))["listen-failed"]
        assert diagnosis.severity is Severity.NOTE
        assert address in diagnosis.problem.message
    assert "listen-failed" not in found(examine_machine(Surroundings(listen=address, folder=tmp_path)))


def test_looking_at_a_unix_socket_makes_no_file(tmp_path: Path) -> None:
    examine_machine(Surroundings(listen=f"unix:{tmp_path}/socket", folder=tmp_path))
    assert [*tmp_path.iterdir()] == []


def test_few_descriptors_are_told(tmp_path: Path) -> None:
    said = under(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1_000, 1_000)))
    assert "a process may open 1,000 files" in said
    assert "may open" not in under(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4_096, 4_096)))


def test_a_small_address_space_is_told(tmp_path: Path) -> None:
    space = 64 << 30
    said = under(tmp_path, lambda: resource.setrlimit(resource.RLIMIT_AS, (space, space)))
    assert "the address space is limited to 65,536 MiB: a worker has room for 7 instances instead of 2,000" in said


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("/proc/sys/vm/max_map_count", "16384", "vm.max_map_count is 16,384: a worker has room for 1,024 instances"),
        ("/proc/sys/vm/overcommit_memory", "2", "vm.overcommit_memory is 2"),
    ],
)
def test_a_kernel_that_gives_little_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, said: str
) -> None:
    """The kernel's settings are for root alone to change, so they are read from elsewhere."""
    real = machine._text
    monkeypatch.setattr(machine, "_text", lambda name: text if name == file else real(name))
    messages = [one.problem.message for one in found(examine_machine(Surroundings(listen="127.0.0.1:0")))["limit-low"]]
    assert any(message.startswith(said) for message in messages), messages


def test_components_that_may_use_more_memory_than_there_is_are_told(tmp_path: Path) -> None:
    text = WHOLE + 'tool.atoll.limits = { memory = "64TiB" }\n'
    (diagnosis,) = found(examine(patient(tmp_path, text)))["memory-low"]
    assert diagnosis.severity is Severity.WARNING
    small = text.replace("64TiB", "1MiB")
    assert "memory-low" not in found(examine(patient(tmp_path, small)))


def test_the_memory_that_is_left_is_a_part_of_the_machines() -> None:
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    left = machine.available()
    assert left is not None
    assert 0 < left < whole


def test_the_pool_is_as_large_as_the_data_plane_makes_it() -> None:
    pool = (ROOT / "crates/engine/src/pool.rs").read_text("utf-8")
    told = {name: int(value.replace("_", "")) for name, value in re.findall(r"const (\w+): u64 = ([\d_]+);", pool)}
    assert told["SPARE_MAPPINGS"] == machine.SPARE_MAPPINGS
    assert told["MAPPINGS_PER_INSTANCE"] == machine.MAPPINGS_PER_INSTANCE
    assert told["MOST_INSTANCES"] == machine.MOST_INSTANCES
    assert "const MEMORY_SLOT: u64 = (4 << 30) + (32 << 20);" in pool
    assert told["MEMORIES_PER_INSTANCE"] * ((4 << 30) + (32 << 20)) == machine.INSTANCE_SPACE
