"""`atoll explain`: every code of the catalogue, in words."""

import json

from atoll.errors import CODES
from tests.cli.conftest import Atoll


def test_a_code_is_explained(atoll: Atoll) -> None:
    said = atoll("explain", "manifest-not-found")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "There is no manifest where one was looked for.\nName a spin.toml, a folder that holds one, or a .wasm file.\n"
    )
    assert json.loads(atoll("explain", "--json", "manifest-not-found").out) == {
        "code": "manifest-not-found",
        "meaning": CODES["manifest-not-found"].meaning,
        "remedy": CODES["manifest-not-found"].remedy,
    }


def test_all_codes_are_listed(atoll: Atoll) -> None:
    lines = atoll("explain").out.splitlines()
    assert [line.split("  ")[0] for line in lines] == [*CODES]
    assert [entry["code"] for entry in json.loads(atoll("explain", "--json").out)] == [*CODES]


def test_a_code_that_is_none_has_one_that_is_near(atoll: Atoll) -> None:
    said = atoll("explain", "manifest-not-fund")
    assert (said.code, said.out) == (1, "")
    assert "no error has the code `manifest-not-fund`" in said.err
    assert "did you mean `manifest-not-found`?" in said.err
    assert "`atoll explain` lists all codes" in atoll("explain", "x").err
