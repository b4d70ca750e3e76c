"""What stands in several places says the same in each: error codes, defaults, generated pages."""

import ast
import re
from pathlib import Path

import msgspec
import pytest
from scripts.generate_reference import FOLDER, pages

from atoll import host
from atoll.errors import CODES
from atoll.errors.catalogue import building, commands, core, manifest, packages, plugins
from atoll.host.settings import Http, Outbound
from atoll.manifest.limits import LIMITS, QUOTAS, REUSE, Key
from tests.laws.source import PACKAGE, parsed, sources
from tests.support import ROOT

RAISERS = {"UserError", "InternalError", "AtollError"}


def raised_codes(file: Path) -> set[str]:
    """The codes that a file's errors are made with."""
    calls = (node for node in ast.walk(parsed(file)) if isinstance(node, ast.Call) and node.args)
    named = (call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in RAISERS)
    return {str(each.value) for each in named if isinstance(each, ast.Constant)}


def test_codes_of_the_data_plane_are_those_of_the_catalogue() -> None:
    assert host.error_codes() == sorted(code for code, entry in CODES.items() if entry.origin == "core")


def test_every_code_that_python_raises_is_in_the_catalogue() -> None:
    raised = {code for file in sources(".py") if file.is_relative_to(PACKAGE) for code in raised_codes(file)}
    assert len(raised) > 20
    assert raised - set(CODES) == set()


def test_every_code_of_the_catalogue_is_used_somewhere() -> None:
    own = [file for file in sources(".py", ".rs") if file.is_relative_to(PACKAGE) or "crates" in file.parts]
    text = "\n".join(file.read_text("utf-8") for file in own)
    unused = [code for code in CODES if len(re.findall(rf'"{code}"', text)) < 2]
    assert unused == []


def test_every_code_has_a_sentence_and_a_remedy() -> None:
    for code, entry in CODES.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", code)
        assert entry.meaning.endswith(".")
        assert entry.remedy.endswith(".")


def test_every_code_stands_in_one_part_of_the_catalogue() -> None:
    parts = (manifest, packages, building, commands, plugins, core)
    assert sum(len(part.CODES) for part in parts) == len(CODES)


@pytest.mark.parametrize(("group", "keys"), [("limits", LIMITS), ("quotas", QUOTAS), ("reuse", REUSE)])
def test_documented_defaults_are_those_of_the_data_plane(group: str, keys: tuple[Key, ...]) -> None:
    assert host.default_values()[group] == {key.locked: key.default for key in keys}


def test_the_http_limits_of_the_settings_are_those_of_the_data_plane() -> None:
    assert host.default_values()["http"] == msgspec.to_builtins(Http())


def test_the_outbound_defaults_of_the_settings_are_those_of_the_data_plane() -> None:
    text = (ROOT / "crates/capabilities/src/outbound_http/client.rs").read_text()
    told = {name: int(value.replace("_", "")) for name, value in re.findall(r"(\w+_timeout_ms): ([\d_]+)", text)}
    ours = msgspec.to_builtins(Outbound())
    assert told == {name: ours[name] for name in told}
    assert len(told) == 3


@pytest.mark.parametrize("page", pages())
def test_a_generated_page_is_fresh(page: str) -> None:
    assert (FOLDER / page).read_text("utf-8") == pages()[page], "run `make docs`"


def test_links_of_the_pages_lead_somewhere() -> None:
    for file in sources(".md"):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", file.read_text("utf-8")):
            assert (file.parent / target).exists(), f"{file.relative_to(ROOT)} links to {target}"
