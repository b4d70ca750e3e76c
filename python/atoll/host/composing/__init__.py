"""Components with dependencies become one component each, as Spin composes them when it loads an app.

A component's imports are matched with its dependencies (`surface.py`), and what a dependency was not granted is taken
from it (`denying.py`): that is the plan (`plan.py`), which the data plane carries out and whose result it keeps.
"""

from functools import partial
from pathlib import Path
from typing import Any

from atoll.errors import AtollError, Location, Problems, raise_all
from atoll.host import core
from atoll.host.composing.locked import composed_from, has_dependencies, sources
from atoll.host.composing.plan import Part, Planner
from atoll.host.composing.unfit import Unfit
from atoll.host.core import Locate

__all__ = ["composed", "composed_alone", "parts_of"]


def composed(locked: dict[str, Any], folder: Path, locate: Locate = core.nowhere) -> dict[str, Any]:
    """The locked app in which no component has dependencies any more. Compositions are kept in `folder`.

    A component that no trigger calls, and that others depend on, is part of these alone. Raises UserError or Problems
    for all dependencies that do not fit.
    """
    if not any(map(has_dependencies, locked["components"])):
        return locked
    components: list[dict[str, Any]] = []
    problems: list[AtollError] = []
    for component in _called(locked):
        try:
            components.append(composed_alone(locked, component, folder, locate))
        except Problems as many:
            problems += many.problems
        except AtollError as error:
            problems.append(error)
    raise_all(problems)
    return {**locked, "components": components}


def composed_alone(
    locked: dict[str, Any], component: dict[str, Any], folder: Path, locate: Locate = core.nowhere
) -> dict[str, Any]:
    """One component of the app, composed if it has dependencies. Raises UserError or Problems for what does not fit."""
    if not has_dependencies(component):
        return component
    made = core.composed(parts_of(locked, component, locate), folder, partial(_at, locate, component["id"]))
    return composed_from(component, made.absolute().as_uri())


def parts_of(locked: dict[str, Any], component: dict[str, Any], locate: Locate = core.nowhere) -> list[Part]:
    """What one component of the app is composed of, itself among it.

    Raises UserError or Problems for what does not fit.
    """
    objects = locked.get("metadata", {}).get("atoll", {}).get("imports", {})
    return Planner(component["id"], objects, Unfit(component["id"], locate)).plan(component)


def _called(locked: dict[str, Any]) -> list[dict[str, Any]]:
    """The components that are more than a dependency of others. All are where nothing is triggered."""
    triggered = {trigger["trigger_config"].get("component") for trigger in locked["triggers"]}
    if not triggered:
        return list(locked["components"])
    used = {source for component in locked["components"] for source in sources(component)}
    return [
        component
        for component in locked["components"]
        if component["id"] in triggered or component["source"]["source"] not in used
    ]


def _at(locate: Locate, component: str, *_: str | None) -> Location | None:
    """Whatever is wrong with the whole is told where the component has its dependencies."""
    return locate(component, "dependencies", None)
