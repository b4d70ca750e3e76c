"""The listing of routes agrees with Spin's."""

import json
from typing import Any

import pytest

from atoll.cli.routes import listed
from tests.support import ROOT

TABLE = json.loads((ROOT / "tests/cases/spin/tables/routes.json").read_text("utf-8"))["cases"]
CASES = [case for case in TABLE if "listed" in case and case["base"] == "/"]


def locked(routes: list[dict[str, Any]]) -> dict[str, Any]:
    """The locked app of these routes."""
    triggers = [
        {"id": "t", "trigger_type": "http", "trigger_config": {"route": each["route"], "component": each["component"]}}
        for each in routes
    ]
    return {"triggers": triggers, "components": []}


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(str(each["route"]) for each in case["routes"]))
def test_routes_are_listed_as_spin_lists_them(case: dict[str, Any]) -> None:
    told = [
        {"component": route.id, "display": route.display, "path": route.path, "wildcard": route.wildcard}
        for route in listed(locked(case["routes"]))
    ]
    assert told == case["listed"]


def test_the_table_is_not_empty() -> None:
    assert len(CASES) > 20
