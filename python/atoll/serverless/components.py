"""Functions as components and triggers of a manifest, and where each of their keys came from."""

import re
from collections.abc import Iterable
from typing import Any

from msgspec import to_builtins

from atoll.errors.meant import meant
from atoll.manifest.limits import LIMITS
from atoll.manifest.positions import Path
from atoll.manifest.read import Reader
from atoll.serverless.events import Route
from atoll.serverless.model import Function, Own, Provider

TIMEOUT = 6
"""Seconds that a call may take unless the file says more: the framework's own default."""

_RUNTIMES = re.compile(
    r"wasm|webassembly|wasi(?:-\S+)?|(?:provided\.)?wasm(?:32)?(?:[-.]\S+)?|spin|wasmtime|wasmedge|wasmer|atoll", re.I
)
_BRING_YOUR_OWN = re.compile(r"provided(\.al\d+)?")
_SUFFIXES = (".wasm", ".wat")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Components:
    """Collects components and triggers of a service; problems are noted with the reader."""

    def __init__(self, reader: Reader, provider: Provider, own: Own) -> None:
        self.components: dict[str, dict[str, Any]] = {}
        self.triggers: list[dict[str, Any]] = []
        self.moves: dict[Path, Path] = {}
        self._reader = reader
        self._provider = provider
        self._own = own
        self._functions: dict[str, str] = {}
        self._routes: dict[tuple[str, str], str] = {}

    def add(self, name: str, function: Function, routes: Iterable[tuple[Path, Route]]) -> None:
        """Add a function, and what leads to it."""
        component = component_id(name)
        path: Path = ("functions", name)
        other = self._functions.setdefault(component, name)
        if other != name:
            self._reader.note("id-duplicate", f"`{name}` and `{other}` are one name here", path, hint="rename one")
            return
        self._check_runtime(name, function)
        source, export = self._source(name, function)
        self.moves["component", component] = path
        self.moves["component", component, "source"] = (*path, "handler" if function.handler else "package")
        self.components[component] = {
            "source": source,
            "description": function.description,
            "environment": self._environment(name, function, component),
            "tool": {"atoll": {"limits": self._limits(name, function, component)}},
        }
        self._add_own(name, component)
        for place, route in routes:
            self._add_route(name, component, export, (place, route))
        if not function.events:  # nothing calls it, and only what calls a component says what it has to be
            del self.components[component]

    def check(self) -> None:
        """Note functions that `custom.atoll` names and that are not there."""
        for name in self._own.functions:
            if name not in self._functions.values():
                path = ("custom", "atoll", "functions", name)
                hint = meant(name, self._functions.values())
                self._reader.note("component-unknown", f"there is no function `{name}`", path, hint=hint, key=True)

    def _add_route(self, name: str, component: str, export: str, placed: tuple[Path, Route]) -> None:
        place, route = placed
        other = self._routes.setdefault((route.method, route.path), name)
        if other != name:
            what = f"`{route.method} {route.path}` leads to `{other}` already"
            self._reader.note("trigger-invalid", what, place, hint="give one of them another path or method")
            return
        self.moves["trigger", "function", len(self.triggers)] = place
        self.triggers.append(
            {
                "component": component,
                "function": name,
                "export": export,
                "payload": route.payload,
                "method": route.method,
                "path": route.path,
                "route": route.route,
                "cors": to_builtins(route.cors) or {},
            }
        )

    def _check_runtime(self, name: str, function: Function) -> None:
        runtime = function.runtime or self._provider.runtime
        path: Path = ("functions", name, "runtime") if function.runtime else ("provider", "runtime")
        if runtime is None or _BRING_YOUR_OWN.fullmatch(runtime):
            file = (function.handler or "", function.package.artifact or "")
            if not any(one.endswith(_SUFFIXES) for one in file):
                said = f"the runtime `{runtime}` does" if runtime else "there is no `runtime`, which would"
                why = f"{said} not say that the function `{name}` is WebAssembly"
                self._reader.note("serverless-runtime", why, ("functions", name), hint="write `runtime: wasm`")
        elif not _RUNTIMES.fullmatch(runtime):
            self._reader.note(
                "serverless-runtime",
                f"the runtime `{runtime}` of the function `{name}` is not WebAssembly",
                path,
                hint="build the function as a component, and write `runtime: wasm`",
            )

    def _source(self, name: str, function: Function) -> tuple[str, str]:
        """The file, and the function that is called where the file exports one: `dist/app.wasm` or `dist/app.main`."""
        artifact, handler = function.package.artifact, function.handler
        if artifact is not None and artifact.endswith(_SUFFIXES):
            own = handler if handler and _NAME.fullmatch(handler) else ""
            return artifact, (handler or "").rpartition(".")[2] if "." in (handler or "") else own
        if handler is None:
            why = f"the function `{name}` has no `handler`"
            self._reader.note("manifest-key-missing", why, ("functions", name), hint="name its wasm file")
            return "", ""
        if handler.endswith(_SUFFIXES):
            return handler, ""
        stem, _, export = handler.rpartition(".")
        if stem and _NAME.fullmatch(export) and "/" not in export:
            return f"{stem}.wasm", export
        return f"{handler}.wasm", ""

    def _environment(self, name: str, function: Function, component: str) -> dict[str, str]:
        found: dict[str, str] = {}
        path: Path
        for path, given in (
            (("provider", "environment"), self._provider.environment),
            (("functions", name, "environment"), function.environment),
        ):
            for key, value in given.items():
                here: Path = (*path, key)
                self.moves["component", component, "environment", key] = here
                if value is None:
                    found.pop(key, None)
                elif isinstance(value, dict | list):
                    self._no_text(key, value, here)
                else:
                    found[key] = str(value).lower() if isinstance(value, bool) else str(value)
        return found

    def _no_text(self, key: str, value: Any, path: Path) -> None:
        intrinsic = next((name for name in value if name == "Ref" or str(name).startswith("Fn::")), None)
        if intrinsic and isinstance(value, dict):
            why = f"`{key}` would be filled in by CloudFormation (`{intrinsic}`), which is not here"
            self._reader.note("serverless-variable", why, path, hint="take it from the environment: ${env:NAME}")
        else:
            self._reader.note("manifest-type-wrong", f"the environment variable `{key}` must be text", path)

    def _limits(self, name: str, function: Function, component: str) -> dict[str, Any]:
        limits: dict[str, Any] = {}
        for key, attribute, written in (("deadline", "timeout", "timeout"), ("memory", "memory_size", "memorySize")):
            own = getattr(function, attribute)
            value = getattr(self._provider, attribute) if own is None else own
            path: Path = (*(("functions", name) if own is not None else ("provider",)), written)
            if value is None:
                continue
            self.moves["component", component, "tool", "atoll", "limits", key] = path
            if value <= 0:
                self._reader.note("limit-invalid", f"`{written}` must be more than nothing", path)
                continue
            limits[key] = f"{value}MiB" if key == "memory" else f"{round(value * 1000)}ms"
        limits.setdefault("deadline", f"{TIMEOUT}s")
        if function.reserved_concurrency is not None:
            path = ("functions", name, "reservedConcurrency")
            self.moves["component", component, "tool", "atoll", "limits", "concurrency"] = path
            limits["concurrency"] = function.reserved_concurrency
        assert {*limits} <= {key.name for key in LIMITS}
        return limits

    def _add_own(self, name: str, component: str) -> None:
        """`custom.atoll.functions.NAME` has the last word."""
        path: Path = ("custom", "atoll", "functions", name)
        for key, value in self._own.functions.get(name, {}).items():
            self.moves["component", component, key] = (*path, key)
            old = self.components[component].get(key)
            self.components[component][key] = _merged(old, value)


def component_id(name: str) -> str:
    """A function's name as the id of a component: `helloWorld_2` is `hello-world-2`."""
    joined = re.sub(r"-(?=[0-9])", "", "-".join(word.lower() for word in _WORD.findall(name)))
    return joined if joined[:1].isalpha() else f"function{joined}"


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return new
