"""Spin's own answers about manifests: structure, version 1, normal form, identifiers, templates, dependencies."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from atoll.errors import AtollError, Problems
from atoll.manifest import ids, templates
from atoll.manifest.check import check
from atoll.manifest.document import Document
from atoll.manifest.plain import plain
from atoll.manifest.upgrade import upgrade

from .conftest import GOLDENS, table

UI = GOLDENS / "manifest-ui"
VALID = sorted(path for path in UI.rglob("*.toml") if path.with_suffix(".json").exists())
INVALID = sorted(path for path in UI.rglob("*.toml") if path.with_suffix(".err").exists())
V1 = sorted((UI / "v1").glob("*.toml"))
# Spin ignores what a tool's table holds; in its own table atoll refuses keys that it does not know.
OURS_IS_STRICTER = {"tool_sections"}
MANIFESTS = [case for case in table("manifests") if case["name"] not in OURS_IS_STRICTER]


def without_nulls(value: Any) -> Any:
    """Spin writes some absent keys as null; absent and null mean the same."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def problems_of(error: AtollError) -> list[AtollError]:
    return list(error.problems) if isinstance(error, Problems) else [error]


def assert_same_place(expected: str, found: list[AtollError]) -> None:
    """One problem stands in the line that Spin shows, at its column or, within an array, at the very element."""
    match = re.search(r"at line (\d+), column (\d+)", expected)
    if match:
        places = [(one.location.line, one.location.column) for one in found if one.location]
        assert any(line == int(match[1]) and column >= int(match[2]) for line, column in places), places


def test_the_golden_files_are_all_there() -> None:
    assert (len(VALID), len(INVALID), len(V1), len(MANIFESTS)) == (7, 5, 4, 81)


@pytest.mark.parametrize("file", VALID, ids=lambda file: file.stem)
def test_a_valid_manifest_reads_as_spin_reads_it(file: Path) -> None:
    document = Document.parse(file.read_bytes(), file.name)
    assert plain(document.manifest) | {"component": plain(document.manifest).get("component", {})} == without_nulls(
        {"component": {}} | json.loads(file.with_suffix(".json").read_text("utf-8"))
    )


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_invalid_manifest_is_refused_at_the_same_place(file: Path) -> None:
    expected = file.with_suffix(".err").read_text("utf-8")
    with pytest.raises(AtollError) as caught:
        Document.parse(file.read_bytes(), file.name)
    found = problems_of(caught.value)
    assert_same_place(expected, found)
    essence = set(re.findall(r"[\w-]{3,}", expected.strip().splitlines()[-1])) - {"missing", "field"}
    said = " ".join(one.message for one in found)
    assert {word for word in essence if word in said} == essence


@pytest.mark.parametrize("file", V1, ids=lambda file: file.stem)
def test_upgrading_a_version_1_manifest_gives_spins_version_2(file: Path) -> None:
    upgraded = upgrade(file.read_bytes(), file.name)
    golden = tomllib.loads(file.with_suffix(".toml.v2").read_text("utf-8"))
    # Where there are none, Spin's own doctor writes no table of settings either.
    if not any(golden["application"]["trigger"].values()):
        del golden["application"]["trigger"]
    assert tomllib.loads(upgraded) == golden
    assert Document.parse(upgraded).version == 2


def test_normalising_makes_up_the_same_names() -> None:
    document = Document.parse((UI / "normalization.toml").read_bytes())
    document.normalize()
    assert plain(document.manifest) == tomllib.loads((UI / "normalization.toml.norm").read_text("utf-8"))


@pytest.mark.parametrize("case", MANIFESTS, ids=lambda case: case["name"])
def test_a_manifest_of_the_table_is_read_and_normalised_alike(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(AtollError) as caught:
            Document.parse(case["toml"])
        assert_same_place("\n".join(case["error"]), problems_of(caught.value))
        return
    document = Document.parse(case["toml"])
    assert plain(document.manifest) == without_nulls(case["ok"])
    document.normalize(case.get("profile"))
    if "error" in case["normalized"]:
        with pytest.raises(AtollError):
            document.raise_problems()
    else:
        document.raise_problems()
        assert plain(document.manifest) == without_nulls(case["normalized"])
        dependency_problems = broken_dependencies(document)
        assert bool(dependency_problems) == ("dependency_error" in case), dependency_problems


def broken_dependencies(document: Document) -> list[str]:
    check(document.manifest, document.reader)
    return [one.message for one in document.reader.problems if one.code.startswith("dependency-")]


@pytest.mark.parametrize("case", table("ids"), ids=lambda case: repr(case["input"])[:40])
def test_identifiers_are_valid_or_refused_with_spins_words(case: dict[str, Any]) -> None:
    checks = {"kebab": ids.kebab, "snake": ids.snake, "lower_snake": ids.lower_snake}
    for kind, rule in checks.items():
        assert rule(case["input"]) == case[kind].get("error")


@pytest.mark.parametrize("case", table("variable_keys"), ids=lambda case: repr(case["input"]))
def test_variable_keys_are_valid_or_refused_with_spins_words(case: dict[str, Any]) -> None:
    assert ids.variable_key(case["input"]) == case.get("error")


@pytest.mark.parametrize("case", table("templates"), ids=lambda case: repr(case["template"]))
def test_templates_are_filled_or_refused_alike(case: dict[str, Any]) -> None:
    values = {name: value for name, value in case["variables"].items() if value is not None}
    if "ok" in case:
        template = templates.parse(case["template"])
        assert template.fill(values) == case["ok"]
        assert template.is_literal == case["is_literal"]
    else:
        with pytest.raises((ValueError, KeyError)):
            templates.parse(case["template"]).fill(values)
