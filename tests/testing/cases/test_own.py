"""Components that test themselves: in the sandbox, with virtual stores, or by a command of the machine."""

from pathlib import Path

import pytest

from tests.support import TOOLCHAINS, answering, built, write_app
from tests.testing.cases.conftest import AtollTest

GO = """
package sums

import "testing"

func TestSum(t *testing.T) {
	if 1+2 != 3 {
		t.Fatal("1 and 2 are 3")
	}
}

func TestWrong(t *testing.T) {
	t.Fatalf("expected %d, got 3", 4)
}
"""


def own(folder: Path, settings: str, *, guest: str = "python-tests") -> Path:
    """An app whose component tests itself."""
    write_app(folder, f'{answering(guest)}key_value_stores = ["default"]\n[component.k.tool.atoll.test]\n{settings}\n')
    return folder


@pytest.mark.slow
def test_a_command_component_tests_in_the_sandbox_over_a_store_of_its_own(
    tmp_path: Path, atoll_test: AtollTest
) -> None:
    (tmp_path / "tests.wasm").symlink_to(built("python-tests"))
    folder = own(tmp_path, 'source = "*.wasm"\nargs = ["test_the_first_one_is_alone"]')
    for _ in range(2):
        ended = atoll_test(folder, "--coverage")
        assert ended.code == 0
        assert "ok k" in ended.stdout
        assert "    set       1\n" in ended.stdout
    assert not (folder / ".spin").exists() or not [*(folder / ".spin").glob("*.db")]


@pytest.mark.slow
def test_one_that_fails_shows_what_it_wrote(tmp_path: Path, atoll_test: AtollTest) -> None:
    ended = atoll_test(own(tmp_path, f'source = "{built("python-tests")}"'))
    assert ended.code == 1
    lines = [line.strip() for line in ended.stdout.splitlines()]
    assert "spin.toml:9: exit code" in lines
    assert "expected 0, got 1" in lines
    assert "stdout | AssertionError: Lists differ: ['user:ada', 'user:bob'] != ['user:bob']" in lines


@pytest.mark.slow
def test_go_s_own_tests_are_run(tmp_path: Path, atoll_test: AtollTest) -> None:
    if not (TOOLCHAINS / "bin" / "go-wasip1").exists():
        pytest.skip("Go is not installed: scripts/toolchains/install")
    (tmp_path / "go.mod").write_text("module sums\n\ngo 1.24\n")
    (tmp_path / "sums_test.go").write_text(GO)
    cache = TOOLCHAINS / "go-cache"
    build = f"GOOS=wasip1 GOARCH=wasm GOTOOLCHAIN=local GOCACHE={cache} go test -c -o sums.wasm ."
    settings = f'build = "{build}"\nwatch = ["*.go"]\nsource = "sums.wasm"\nargs = ["-test.v"]'
    folder = own(tmp_path, settings, guest="wat-empty")
    first, second = atoll_test(folder), atoll_test(folder)
    assert "building k.test" in first.stderr
    assert second.stderr == ""
    for ended in (first, second):
        assert ended.code == 1
        assert "stdout | --- PASS: TestSum" in ended.stdout
        assert "sums_test.go:13: expected 4, got 3" in ended.stdout


def test_commands_of_the_machine_test_in_the_folder_that_they_name(tmp_path: Path, atoll_test: AtollTest) -> None:
    (tmp_path / "inner").mkdir()
    settings = 'command = ["echo in $(basename $PWD)", "false", "echo never"]\nworkdir = "inner"'
    ended = atoll_test(own(tmp_path, settings, guest="wat-empty"))
    assert ended.code == 1
    assert "stdout | in inner\n" in ended.stdout
    assert "never" not in ended.stdout
    assert atoll_test(own(tmp_path, 'command = "true"', guest="wat-empty")).code == 0


@pytest.mark.parametrize("settings", ["", 'command = "true"\nsource = "a.wasm"'])
def test_it_is_either_a_file_or_a_command(settings: str, tmp_path: Path, atoll_test: AtollTest) -> None:
    ended = atoll_test(own(tmp_path, settings, guest="wat-empty"))
    assert ended.code == 1
    assert "the tests of component `k` have either `source` or `command`" in ended.stderr + ended.stdout


def test_a_file_that_is_not_there_and_a_build_that_fails_are_told(tmp_path: Path, atoll_test: AtollTest) -> None:
    missing = atoll_test(own(tmp_path, 'source = "tests.wasm"', guest="wat-empty"))
    assert (missing.code, "there is no file tests.wasm" in missing.stdout) == (1, True)
    failing = atoll_test(own(tmp_path, 'source = "tests.wasm"\nbuild = "exit 3"', guest="wat-empty"))
    assert failing.code == 1
    assert "`exit 3` ended with code 3" in failing.stderr
