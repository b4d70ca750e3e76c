"""The house's own rules: sizes, names, no traces of a machine, nothing that nobody runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.laws.source import TEXT, files, sources, strings
from tests.support import ROOT

MOST_LINES = 600
FORBIDDEN_NAMES = {"utils", "util", "helper", "helpers", "manager", "common", "misc"}
CODE = (".py", ".rs", ".c", ".go", ".js", ".mjs", ".lua")
# Folders in which only this or that machine keeps things.
MACHINE = re.compile(r"(?<![\w.$}/-])/(?:root|home/\w+|work|Users/\w+)/[\w.]")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|\b(?:todo|unimplemented)!\(|raise NotImplementedError")


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", sources(*CODE), ids=shown)
def test_a_file_is_not_too_long_and_has_a_name_that_says_something(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= MOST_LINES
    assert file.stem not in FORBIDDEN_NAMES
    assert not FORBIDDEN_NAMES & set(file.relative_to(ROOT).parts)


def test_no_file_names_a_folder_of_a_machine() -> None:
    this = Path(__file__)
    found = [
        f"{shown(file)}: {match[0]}"
        for file in files()
        if file.suffix in TEXT and file != this and "cases" not in file.parts
        for match in MACHINE.finditer(file.read_text("utf-8", "replace"))
    ]
    assert found == []


def test_nothing_is_left_unfinished() -> None:
    this = Path(__file__)
    found = [shown(file) for file in sources(*CODE) if file != this and UNFINISHED.search(file.read_text("utf-8"))]
    assert found == []


def test_the_pattern_for_machines_finds_what_it_should() -> None:
    assert MACHINE.search("see /home/ann/x")
    assert not MACHINE.search("https://example.com/home/ann/x")


def _named_in_tests() -> set[str]:
    tests = [file for file in sources(".py") if file.is_relative_to(ROOT / "tests")]
    return {text for file in tests if "laws" not in file.parts for text in strings(file)}


def test_every_guest_is_run_by_some_test() -> None:
    listed = subprocess.run(
        [sys.executable, "guests/build.py", "--list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    guests = {line.split()[0] for line in listed.stdout.splitlines()}
    words = {word for text in _named_in_tests() for word in re.findall(r"[\w-]+", text)}
    assert len(guests) > 10
    assert sorted(guests - words) == []


def test_every_example_is_run_by_some_test() -> None:
    examples = {
        file.relative_to(ROOT / "examples").parts[0] for file in files() if file.is_relative_to(ROOT / "examples")
    }
    words = {word for text in _named_in_tests() for word in re.findall(r"examples/([\w-]+)", text)}
    assert examples
    assert sorted(examples - words) == []


def test_every_option_of_spin_up_that_applies_has_the_same_name() -> None:
    from atoll.cli.up import command

    ours = {name for parameter in command.params for name in parameter.opts}
    spins = """--from --file --from-file -f --profile --env -e --temp --tmp --cache-dir --direct-mounts --component-id
        -c --listen --find-free-port --format --max-instance-reuse-count --max-instance-concurrent-reuse-count
        --idle-instance-timeout --request-timeout --log-dir -L --truncate-logs --follow --quiet -q --sh --shush
        --disable-cache --disable-pooling --debug-info --runtime-config-file --state-dir --allow-transient-write
        --max-instance-memory --variable --key-value --sqlite"""
    assert set(spins.split()) - ours == set()
