"""Documents as processes gather them, and what the files of a profile say, as stacks and their weights."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from atoll.observe.profile import Profile

Stacks = dict[str, tuple[int, int]]


def frame(function: str, file: str | None = None, line: int = 1, column: int | None = None) -> dict[str, Any]:
    """As the data plane tells it."""
    return {"function": function, "place": file and {"file": file, "line": line, "column": column}}


def document(component: str = "shop", host: tuple[tuple[Any, ...], ...] = (), **stacks: tuple[int, int]) -> str:
    """Of one component; a stack is `outer__inner=(samples, grown)`, and frames have no places."""
    return gathered(component, {name.replace("__", ";"): weights for name, weights in stacks.items()}, host)


def gathered(component: str, stacks: Stacks, host: tuple[tuple[Any, ...], ...] = ()) -> str:
    """The same, with stacks as `outer;inner`."""
    names = sorted({name for stack in stacks for name in stack.split(";")})
    told = [
        {"frames": [names.index(name) for name in reversed(stack.split(";"))], "samples": samples, "grown": grown}
        for stack, (samples, grown) in stacks.items()
    ]
    keys = ("interface", "function", "calls", "nanos", "longest")
    asked = [dict(zip(keys, row, strict=True)) for row in host]
    return json.dumps({component: {"frames": [frame(name) for name in names], "stacks": told, "host": asked}})


def profile(*documents: str | bytes) -> Profile:
    """Of all of them."""
    merged = Profile()
    for one in documents:
        merged.add(one)
    return merged


def folded(text: str) -> Counter[str]:
    """Collapsed stacks."""
    rows = (line.rpartition(" ") for line in text.splitlines())
    return Counter({stack: int(samples) for stack, _, samples in rows})


def _step(name: str) -> str:
    """As it stands in a collapsed stack."""
    return name.replace(";", ",")


def speedscope(text: str) -> Counter[str]:
    """What speedscope's file says of time, as collapsed stacks."""
    told = json.loads(text)
    names = [_step(one["name"]) for one in told["shared"]["frames"]]
    counted: Counter[str] = Counter()
    for one in told["profiles"]:
        if one["unit"] == "milliseconds":
            for stack, weight in zip(one["samples"], one["weights"], strict=True):
                counted[";".join([_step(one["name"]), *(names[number] for number in stack)])] += weight
    return counted


def firefox(text: str) -> tuple[Counter[str], Counter[str]]:
    """What the Firefox Profiler's file says of time and of memory, as collapsed stacks."""
    told = json.loads(text)
    shared, time, memory = told["shared"], Counter[str](), Counter[str]()
    strings, functions, frames, stacks = (
        shared[name] for name in ("stringArray", "funcTable", "frameTable", "stackTable")
    )

    def path(thread: dict[str, Any], stack: int | None) -> str:
        names: list[str] = []
        while stack is not None:
            name = strings[functions["name"][frames["func"][stacks["frame"][stack]]]]
            names.append(_step(name))
            stack = stacks["prefix"][stack]
        return ";".join([_step(thread["name"]), *reversed(names)])

    for thread in told["threads"]:
        for counted, table in ((time, thread["samples"]), (memory, thread.get("nativeAllocations"))):
            if table:
                for stack, weight in zip(table["stack"], table["weight"], strict=True):
                    counted[path(thread, stack)] += weight
    return +time, +memory


def files(merged: Profile, folder: Path) -> dict[str, str]:
    """The content of each file that is saved, by name."""
    return {file.name: file.read_text("utf-8") for file in merged.save(folder)}
