"""A profile as a file of speedscope: https://www.speedscope.app/file-format-schema.json.

One profile a component, its stacks in milliseconds, and one more for memory, in bytes. Stacks were counted, not timed:
they stand in the order of their functions.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from atoll import __version__
from atoll.observe.profile.merged import Component

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def document(components: Iterable[Component]) -> str:
    """The file's content; empty where nothing was sampled."""
    frames: list[dict[str, Any]] = []
    profiles: list[dict[str, Any]] = []
    for component in components:
        offset = len(frames)
        frames += _frames(component)
        time = [stack.samples for stack in component.stacks]
        grown = [stack.grown for stack in component.stacks]
        profiles += _profile(component, offset, component.name, "milliseconds", time)
        profiles += _profile(component, offset, f"{component.name}: memory", "bytes", grown)
    if not profiles:
        return ""
    told = {"$schema": _SCHEMA, "exporter": f"atoll {__version__}", "name": "atoll", "activeProfileIndex": 0}
    return msgspec.json.encode({**told, "shared": {"frames": frames}, "profiles": profiles}).decode()


def _frames(component: Component) -> list[dict[str, Any]]:
    """One a function: speedscope takes frames at different lines for different functions."""
    lines: dict[int, int] = {}
    for frame, number in zip(component.frames, component.function_of, strict=True):
        if frame.place and frame.place.line:
            lines[number] = min(frame.place.line, lines.get(number, frame.place.line))
    told: list[dict[str, Any]] = []
    for number, function in enumerate(component.functions):
        file = {"file": function.file} if function.file else {}
        line = {"line": lines[number]} if number in lines else {}
        told.append({"name": function.name, **file, **line})
    return told


def _profile(component: Component, offset: int, name: str, unit: str, weights: list[int]) -> list[dict[str, Any]]:
    """One at most: none where nothing has weight."""
    weighed = [(stack.frames, weight) for stack, weight in zip(component.stacks, weights, strict=True) if weight]
    if not weighed:
        return []
    return [
        {
            "type": "sampled",
            "name": name,
            "unit": unit,
            "startValue": 0,
            "endValue": sum(weight for _, weight in weighed),
            "samples": [[offset + component.function_of[frame] for frame in frames] for frames, _ in weighed],
            "weights": [weight for _, weight in weighed],
        }
    ]
