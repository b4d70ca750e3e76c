"""What a person sees: exit code, standard output, standard error."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from atoll import __version__
from tests.cli.conftest import Atoll, Said
from tests.support import built

V1 = """\
spin_manifest_version = "1"
name = "old"
trigger = { type = "http", base = "/" }
[[component]]
id = "My_Part"
source = "c.wasm"
[component.trigger]
route = "/..."
"""
BROKEN = """\
spin_manifest_version = 2
[application]
name = "broken"
colour = "red"
[[trigger.http]]
route = "/"
component = "missing"
"""


def test_the_version_is_one_line(atoll: Atoll) -> None:
    assert atoll("--version") == Said(0, f"atoll {__version__}\n", "")


def test_the_version_loads_neither_the_data_plane_nor_documents_nor_colours() -> None:
    script = (
        "import sys, atoll.cli\n"
        "try:\n    atoll.cli.main(['--version'])\n"
        "except SystemExit:\n    pass\n"
        "print(sorted({'rich', 'msgspec', 'httpx', 'atoll._core', 'atoll.manifest'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "command",
    [[], ["up"], ["run"], ["check"], ["inspect"], ["upgrade"], ["schema"], ["completion"], ["doctor"], ["man"]],
)
def test_every_command_explains_itself(atoll: Atoll, command: list[str]) -> None:
    said = atoll(*command, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: {' '.join(['atoll', *command])} ")


def test_a_mistake_in_the_arguments_is_the_users(atoll: Atoll) -> None:
    said = atoll("up", "--lisen", "x")
    assert (said.code, said.out) == (1, "")
    assert "error: no such option '--lisen'" in said.err
    assert said.err.endswith("\nhint: did you mean `--listen`?\n")
    assert atoll("up", "--zzz").err.endswith("\nhint: see `atoll up --help`\n")
    assert atoll("fly").code == 1
    assert atoll("up", "--workers", "0").code == 1
    assert atoll("up", "--request-timeout", "30").code == 1


def test_a_folder_without_a_manifest_says_what_to_name(atoll: Atoll) -> None:
    assert atoll("up", "-f", "spin.toml") == Said(
        1,
        "",
        "error: there is no file spin.toml\nhint: name a spin.toml, a folder that holds one, or a .wasm file\n",
    )


def test_check_shows_every_problem_with_its_place(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(BROKEN)
    said = atoll("check", "spin.toml")
    assert said.code == 1
    assert said.out == ""
    assert said.err.count("error: ") == 2
    assert "--> spin.toml:4:1\n" in said.err
    assert "--> spin.toml:7:13\n" in said.err


def test_errors_as_json_are_one_object_with_codes_and_places(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(BROKEN)
    problems = json.loads(atoll("--json", "check", "spin.toml").err)["problems"]
    assert [(each["code"], each["location"]["line"]) for each in problems] == [
        ("manifest-key-unknown", 4),
        ("component-unknown", 7),
    ]


def test_check_of_a_good_manifest_counts_what_it_found(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(V1)
    (tmp_path / "c.wasm").write_bytes(b"")
    assert atoll("check") == Said(0, "old: 1 component, 1 trigger, no problems\n", "")


def test_upgrade_prints_version_2_and_leaves_the_file(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(V1)
    (tmp_path / "c.wasm").write_bytes(b"")
    said = atoll("upgrade")
    assert (said.code, said.err) == (0, "")
    assert 'component = "my-part"' in said.out
    assert (tmp_path / "spin.toml").read_text() == V1
    assert atoll("upgrade", "-o", "new.toml") == Said(0, "", "")
    assert (tmp_path / "new.toml").read_text() == said.out
    assert atoll("check", "new.toml").code == 0
    assert atoll("upgrade", "-o", "new.toml").code == 1
    assert atoll("upgrade", "new.toml").code == 1


def test_the_schema_is_json(atoll: Atoll) -> None:
    assert json.loads(atoll("schema").out)["title"] == "spin.toml"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed_for_each_shell(atoll: Atoll, shell: str) -> None:
    said = atoll("completion", shell)
    assert (said.code, said.err) == (0, "")
    assert "_ATOLL_COMPLETE" in said.out


def test_completion_knows_commands_and_options(atoll: Atoll) -> None:
    env = {"_ATOLL_COMPLETE": "bash_complete", "COMP_WORDS": "atoll up --list", "COMP_CWORD": "2"}
    assert "--listen" in atoll(env=env).out


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -P -m atoll schema | head -c 1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_inspect_says_what_a_file_is(atoll: Atoll, tmp_path: Path) -> None:
    said = atoll("inspect", str(built("c-http")))
    assert (said.code, said.err) == (0, "")
    assert "handler: HTTP, WASI 0.2 (wasi:http/incoming-handler)\n" in said.out
    assert "  wasi:http/types@0.2.12\n" in said.out
    described = json.loads(atoll("inspect", "--json", str(built("c-cli-p1"))).out)
    assert (described["form"], described["handler"]) == ("core module", "command01")
    (tmp_path / "x.wasm").write_text("no wasm")
    assert atoll("inspect", "x.wasm").code == 1


def test_secrets_of_arguments_are_never_shown(atoll: Atoll) -> None:
    for arguments in (("run", "x.wasm", "--env", "=hunter2"), ("run", "x.wasm", "-e", "=hunter2")):
        said = atoll(*arguments)
        assert said.code == 1
        assert "hunter2" not in said.err
