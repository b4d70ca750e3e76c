"""A profile in the processed format of the Firefox Profiler, whose types are its `src/types/profile.ts`.

A component is a thread, and the module of a function is its library. Stacks were counted, not timed: each is one sample
with its count for a weight, and they stand in the order of their functions. Memory growth is an allocation.
"""

import time
from collections.abc import Iterable
from typing import Any

import msgspec

from atoll import __version__
from atoll.observe.profile.merged import Component, Function
from atoll.observe.profile.modules import is_ours, module

# The viewer upgrades what is older than itself.
_VERSION = 62
_GECKO_VERSION = 34
_LIBRARY = 1
_CATEGORIES = [
    {"name": "Other", "color": "grey", "subcategories": ["Other"]},
    {"name": "Guest", "color": "blue", "subcategories": ["Other"]},
]
_OTHER, _GUEST = 0, 1


def document(components: Iterable[Component]) -> str:
    """The file's content; empty where nothing was sampled."""
    shared = _Shared()
    threads = [shared.thread(number, component) for number, component in enumerate(components) if component.stacks]
    if not threads:
        return ""
    return msgspec.json.encode(
        {"meta": _meta(), "libs": shared.libs, "pages": [], "shared": shared.told(), "threads": threads}
    ).decode()


def _meta() -> dict[str, Any]:
    return {
        "interval": 1,
        "startTime": round(time.time() * 1000),
        "processType": 0,
        "product": "atoll",
        "importedFrom": f"atoll {__version__}",
        "stackwalk": 1,
        "debug": False,
        "version": _GECKO_VERSION,
        "preprocessedProfileVersion": _VERSION,
        "symbolicated": True,
        "symbolicationNotSupported": True,
        "usesOnlyOneStackType": True,
        "sourceCodeIsNotOnSearchfox": True,
        "keepProfileThreadOrder": True,
        "categories": _CATEGORIES,
        "markerSchema": [],
        "extensions": _table("id", "name", "baseURL"),
        "sampleUnits": {"time": "ms", "eventDelay": "ms", "threadCPUDelta": "ns"},
    }


def _table(*columns: str) -> dict[str, Any]:
    return {**{column: [] for column in columns}, "length": 0}


def _add(table: dict[str, Any], **row: Any) -> int:
    """The number of the new row, which has a value for each column."""
    for column, value in row.items():
        table[column].append(value)
    table["length"] += 1
    return int(table["length"]) - 1


class _Shared:
    """What all threads refer to."""

    def __init__(self) -> None:
        self.libs: list[dict[str, Any]] = []
        self._strings: dict[str, int] = {}
        self._sources: dict[str, int] = {}
        self._resources: dict[str, int] = {}
        self._functions: dict[Function, int] = {}
        self._source_table = _table("id", "filename", "startLine", "startColumn", "sourceMapURL")
        self._resource_table = _table("lib", "name", "host", "type")
        columns = ("name", "isJS", "relevantForJS", "resource", "source", "lineNumber", "columnNumber")
        self._func_table = _table(*columns)
        columns = ("address", "inlineDepth", "category", "subcategory", "func", "nativeSymbol", "innerWindowID")
        self._frame_table = _table(*columns, "line", "column")
        self._stack_table = _table("frame", "prefix")

    def told(self) -> dict[str, Any]:
        """As the format wants it."""
        return {
            "stringArray": [*self._strings],
            "sources": self._source_table,
            "resourceTable": self._resource_table,
            "funcTable": self._func_table,
            "frameTable": self._frame_table,
            "stackTable": self._stack_table,
            "nativeSymbols": _table("libIndex", "address", "name", "functionSize"),
        }

    def thread(self, number: int, component: Component) -> dict[str, Any]:
        """The thread of a component."""
        frames = [self._frame(component, frame) for frame in range(len(component.frames))]
        stacks: dict[tuple[int | None, int], int] = {}
        samples, allocations = _table("stack", "time", "weight"), _table("stack", "time", "weight")
        elapsed = 0
        for seen in component.stacks:
            stack = None
            for frame in seen.frames:
                if (stack, frame) not in stacks:
                    stacks[stack, frame] = _add(self._stack_table, frame=frames[frame], prefix=stack)
                stack = stacks[stack, frame]
            if seen.grown:
                _add(allocations, stack=stack, time=elapsed, weight=seen.grown)
            if seen.samples:
                _add(samples, stack=stack, time=elapsed, weight=seen.samples)
            elapsed += seen.samples
        _add(samples, stack=None, time=elapsed, weight=0)
        thread = _thread(number, component.name, {**samples, "weightType": "samples"})
        return {**thread, "nativeAllocations": {**allocations, "weightType": "bytes"}} if component.grown else thread

    def _frame(self, component: Component, number: int) -> int:
        place = component.frames[number].place
        function = component.functions[component.function_of[number]]
        return _add(
            self._frame_table,
            address=-1,
            inlineDepth=0,
            category=_OTHER if is_ours(function.name) else _GUEST,
            subcategory=0,
            func=self._function(function),
            nativeSymbol=None,
            innerWindowID=0,
            line=(place.line or None) if place else None,
            column=place.column if place else None,
        )

    def _function(self, function: Function) -> int:
        if function not in self._functions:
            self._functions[function] = _add(
                self._func_table,
                name=self._string(function.name),
                isJS=False,
                relevantForJS=False,
                resource=self._resource(module(*function)),
                source=self._source(function.file) if function.file else None,
                lineNumber=None,
                columnNumber=None,
            )
        return self._functions[function]

    def _resource(self, name: str) -> int:
        if not name:
            return -1
        if name not in self._resources:
            names = dict.fromkeys(("name", "path", "debugName", "debugPath"), name)
            self.libs.append({"arch": "wasm32", **names, "breakpadId": "", "codeId": None})
            row = {"lib": len(self.libs) - 1, "name": self._string(name), "host": None, "type": _LIBRARY}
            self._resources[name] = _add(self._resource_table, **row)
        return self._resources[name]

    def _source(self, file: str) -> int:
        if file not in self._sources:
            row = {"id": None, "filename": self._string(file), "startLine": 1, "startColumn": 1, "sourceMapURL": None}
            self._sources[file] = _add(self._source_table, **row)
        return self._sources[file]

    def _string(self, text: str) -> int:
        return self._strings.setdefault(text, len(self._strings))


def _thread(number: int, name: str, samples: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "processName": name,
        "processType": "default",
        "isMainThread": True,
        # Viewers group threads by process; each component stands for itself.
        "pid": str(number),
        "tid": number,
        "processStartupTime": 0,
        "processShutdownTime": None,
        "registerTime": 0,
        "unregisterTime": None,
        "pausedRanges": [],
        "samples": samples,
        "markers": _table("data", "name", "startTime", "endTime", "phase", "category"),
    }
