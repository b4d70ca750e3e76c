"""`atoll check` for programs: one object, whether something is wrong or not."""

import json
from pathlib import Path

from tests.cli.conftest import Atoll

MANIFEST = """spin_manifest_version = 2
application.name = "shop"
[[trigger.http]]
route = "/"
component = "c"
[component.c]
source = "c.wat"
"""


def test_what_is_well_is_told_with_what_there_is(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    (tmp_path / "c.wat").write_text("(module)")
    said = atoll("check", "--json")
    assert (said.code, said.err) == (0, "")
    triggers = [{"id": "c-http-trigger", "type": "http"}]
    assert json.loads(said.out) == {"name": "shop", "components": ["c"], "triggers": triggers, "problems": []}


def test_what_is_wrong_is_told_where_the_object_is_expected(atoll: Atoll, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    said = atoll("check", "--json")
    assert (said.code, said.err) == (1, "")
    (problem,) = json.loads(said.out)["problems"]
    assert (problem["code"], problem["location"]["line"]) == ("source-missing", 7)
