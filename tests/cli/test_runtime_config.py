"""The runtime config: what it sets, and that nothing in it is ignored."""

import json
from pathlib import Path

import msgspec
import pytest

from atoll.errors import AtollError, Problems, render
from atoll.manifest.variables import Settled, of_environment, settle
from atoll.runtime.backends import OUTBOUND, Folders
from atoll.runtime.config import Loaded, load
from atoll.runtime.sources import Sources
from tests.rooms.packages import installed


def config(folder: Path, text: str) -> Loaded:
    file = folder / "runtime.toml"
    file.write_text(text)
    return load(file)


def problems(folder: Path, text: str) -> list[AtollError]:
    with pytest.raises(AtollError) as raised:
        config(folder, text)
    return list(raised.value.problems) if isinstance(raised.value, Problems) else [raised.value]


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    assert config(tmp_path, "") == msgspec.structs.replace(load(None), folder=tmp_path)


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
        "[outbound_http]\nmax_requests = 1\n",
        "[outbound_networking]\nallow = []\n",
        '[[variables_provider]]\ntype = "static"\nurl = "x"\n',
        '[llm_compute]\nurl = "x"\n',
    ],
)
def test_a_key_of_something_that_is_not_there_is_refused_by_name_and_place(tmp_path: Path, text: str) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.code == "runtime-config-invalid"
    assert "unknown key" in problem.message
    assert problem.location is not None


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, 'state_dir = 1\nmax_instance_memory = "x"\nother = 1\n')) == 3


@pytest.mark.parametrize("text", ["= x", "a = 1\na = 2", "\0"])
def test_what_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.code == "runtime-config-invalid"


def test_a_file_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtollError, match="cannot be read"):
        load(tmp_path / "nowhere.toml")


def settled(folder: Path, text: str, **environment: str) -> Settled:
    """What is known of the variables a to d as an app with this config starts."""
    read = config(folder, text)
    sources = Sources(read.variables, Folders(config=folder, state=folder, memory=folder))
    given = sources.layers("abcd")
    return settle("abcd", [*given, of_environment("abcd", environment)])


def test_the_first_provider_wins_over_later_ones_and_over_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_A", "env")
    monkeypatch.setenv("MY_B", "env")
    found = settled(
        tmp_path,
        '[[variables_provider]]\ntype = "static"\nvalues = { a = "static" }\n'
        '[[variables_provider]]\ntype = "env"\nprefix = "MY"\n',
        SPIN_VARIABLE_B="default",
        SPIN_VARIABLE_C="default",
    )
    assert (found.known, found.asked) == ({"a": "static", "b": "env", "c": "default"}, frozenset())


def test_a_dotenv_file_lies_beside_the_config_and_the_real_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_B", "real")
    (tmp_path / "values.env").write_text("MY_A=file\nMY_B=file\n")
    found = settled(tmp_path, '[[config_provider]]\ntype = "env"\nprefix = "MY"\ndotenv_path = "values.env"\n')
    assert found.known == {"a": "file", "b": "real"}
    with pytest.raises(AtollError, match=r"dotenv file gone\.env cannot be read"):
        settled(tmp_path, '[[config_provider]]\ntype = "env"\ndotenv_path = "gone.env"\n')


PACKAGE = """
import msgspec
class Config(msgspec.Struct):
    broken: bool = False
class Fixed:
    Config = Config
    settled = True
    def __init__(self, config, place):
        self.broken = config.broken
    async def get(self, name):
        if self.broken:
            raise RuntimeError("CANARY")
        return "package" if name == "a" else None
"""


def test_a_package_may_bring_a_provider_that_is_asked_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path / "packages", "variables", PACKAGE, fixed="Fixed")
    monkeypatch.syspath_prepend(tmp_path / "packages")
    found = settled(tmp_path, '[[variables_provider]]\ntype = "fixed"\n')
    assert (found.known, found.asked) == ({"a": "package"}, frozenset())
    with pytest.raises(AtollError) as raised:
        settled(tmp_path, '[[variables_provider]]\ntype = "fixed"\nbroken = true\n')
    assert raised.value.message == (
        "the variable `a` cannot be read: the provider of variables failed with RuntimeError"
    )


def test_what_stands_behind_a_provider_that_is_asked_later_is_asked_later_as_well(tmp_path: Path) -> None:
    found = settled(
        tmp_path,
        '[[variables_provider]]\ntype = "static"\nvalues = { a = "before" }\n'
        '[[variables_provider]]\ntype = "file"\npath = "values.json"\n'
        '[[variables_provider]]\ntype = "static"\nvalues = { a = "behind", b = "behind" }\n',
        SPIN_VARIABLE_C="default",
    )
    assert (found.known, found.asked) == ({"a": "before"}, frozenset("bcd"))
    assert found.beside() == [{}, None, {"b": "behind"}, {"c": "default"}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[variables_provider]]\ntype = "vault"\n', "lacks the key `url`"),
        ('[[variables_provider]]\ntype = "vaults"\n', "must be azure_key_vault or env or file or openbao or static"),
        ('[[variables_provider]]\ntype = "env"\n[[config_provider]]\ntype = "env"\n', "use one of them"),
    ],
)
def test_a_provider_that_is_none_is_refused(tmp_path: Path, text: str, told: str) -> None:
    [problem, *_] = problems(tmp_path, text)
    assert told in problem.message


@pytest.mark.parametrize(
    "text",
    [
        '[[variables_provider]]\ntype = "vault"\ntokn = "CANARY"\nurl = "http://x"\nmount = "x"\ntoken = "CANARY"\n',
        '[[variables_provider]]\ntype = "static"\nvalues = { a = ["CANARY"] }\n',
        '[[variables_provider]]\ntype = "static"\nvalues = [\n"CANARY"\n]\n',
        "[llm_compute]\ntype = 'remote_http'\nurl = 'x'\nauth_token = ['CANARY']\n",
        "token = CANARY\n",
        'a."b c".d = "CANARY\n',
        'a = """\nCANARY\n""" x\n',
    ],
)
def test_no_problem_shows_what_may_be_a_secret(tmp_path: Path, text: str) -> None:
    for problem in problems(tmp_path, text):
        assert "CANARY" not in render(problem) + json.dumps(problem.to_dict())


def test_a_problem_shows_the_key_that_it_means(tmp_path: Path) -> None:
    [problem] = problems(tmp_path, '[outbound_networking]\n  block = ["x"]\n')
    assert "2 |   block = …\n  |   ^^^^^\n" in render(problem) + "\n"


def test_the_configuration_of_a_provider_stands_in_no_text(tmp_path: Path) -> None:
    read = config(
        tmp_path,
        '[[variables_provider]]\ntype = "vault"\nurl = "http://x"\nmount = "x"\ntoken = "CANARY"\n'
        '[[variables_provider]]\ntype = "static"\nvalues = { a = "CANARY" }\n'
        "[llm_compute]\ntype = 'remote_http'\nurl = 'http://x'\nauth_token = 'CANARY'\n",
    )
    assert "CANARY" not in f"{read} {read.variables} {read.outbound}"


@pytest.mark.parametrize("table", [OUTBOUND[room] for room in ("redis", "mqtt", "postgres", "mysql")])
def test_a_number_may_be_whole_and_a_file_lies_beside_the_config(tmp_path: Path, table: str) -> None:
    (tmp_path / "roots.pem").write_text("")
    assert config(tmp_path, f'[{table}]\nconnect_timeout = 5\nidle_timeout = 0.5\nca_roots_file = "roots.pem"\n')
    [problem] = problems(tmp_path, f'[{table}]\nca_roots_file = "absent.pem"\n')
    assert problem.message == "`ca_roots_file`: there is no file absent.pem that can be read"
    assert problem.location is not None and problem.location.line == 2
