"""The runtime config: what it sets, and that nothing in it is ignored."""

from pathlib import Path

import msgspec
import pytest

from atoll.cli.runtime_config import RuntimeConfig, load, without_file
from atoll.errors import AtollError, Problems


def config(folder: Path, text: str) -> RuntimeConfig:
    file = folder / "runtime.toml"
    file.write_text(text)
    return load(file)


def problems(folder: Path, text: str) -> list[AtollError]:
    with pytest.raises(AtollError) as raised:
        config(folder, text)
    return list(raised.value.problems) if isinstance(raised.value, Problems) else [raised.value]


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    assert config(tmp_path, "") == msgspec.structs.replace(without_file(), folder=tmp_path)


def test_directories_memory_and_networks_are_read(tmp_path: Path) -> None:
    read = config(
        tmp_path,
        'state_dir = "s"\nlog_dir = ""\nmax_instance_memory = 1024\n'
        '[outbound_networking]\nblock_networks = ["private", "1.2.3.0/24"]\n',
    )
    assert (read.state_dir, read.log_dir, read.max_instance_memory) == ("s", "", 1024)
    assert read.outbound_networking.block_networks == ["private", "1.2.3.0/24"]


@pytest.mark.parametrize(
    "text",
    [
        '[sqlite_database.default]\ntype = "spin"\n',
        "[llm_compute]\n",
        "[[client_tls]]\n",
        "[outbound_http]\n",
        "[outbound_networking]\nallow = []\n",
        '[[variables_provider]]\ntype = "static"\nurl = "x"\n',
    ],
)
def test_a_key_of_something_that_is_not_there_is_refused_by_name_and_place(tmp_path: Path, text: str) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.code == "runtime-config-invalid"
    assert "unknown key" in problem.message
    assert problem.location is not None


def test_a_provider_of_another_kind_is_refused(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, '[[variables_provider]]\ntype = "vault"\n')
    assert "must be static or env" in problem.message


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, 'state_dir = 1\nmax_instance_memory = "x"\nother = 1\n')) == 3


@pytest.mark.parametrize("text", ["= x", "a = 1\na = 2", "\0"])
def test_what_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.code == "runtime-config-invalid"


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtollError, match="cannot be read"):
        load(tmp_path / "nowhere.toml")


def test_the_first_provider_wins_over_later_ones_and_over_the_environment(tmp_path: Path) -> None:
    read = config(
        tmp_path,
        '[[variables_provider]]\ntype = "static"\nvalues = { a = "static" }\n'
        '[[variables_provider]]\ntype = "env"\nprefix = "MY"\n',
    )
    own = {"MY_A": "env", "MY_B": "env", "SPIN_VARIABLE_B": "default", "SPIN_VARIABLE_C": "default"}
    known = read.environment(own)
    assert [known[f"SPIN_VARIABLE_{name}"] for name in "ABC"] == ["static", "env", "default"]


def test_a_dotenv_file_lies_beside_the_config_and_the_real_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "values.env").write_text("MY_A=file\nMY_B=file\n")
    read = config(tmp_path, '[[variables_provider]]\ntype = "env"\nprefix = "MY"\ndotenv_path = "values.env"\n')
    known = read.environment({"MY_B": "real"})
    assert (known["SPIN_VARIABLE_A"], known["SPIN_VARIABLE_B"]) == ("file", "real")
