"""What calls a function's component, by what it is: HTTP handlers as they are, all others as commands with an answer.

The data plane reads a command's output as a response with a head. So a command is composed with one that writes the
head first (`command.wat`), a component that exports a function of an event with one that reads the event and writes
what the function gives (`function.wat`), and a WASI module starts with a few instructions more (`prefixed.py`).
"""

import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec

from atoll.errors import AtollError, Location, UserError, raise_all
from atoll.host import core
from atoll.host.core import Locate
from atoll.host.functions import KIND, has_functions
from atoll.host.functions.prefixed import is_core, prefixed
from atoll.host.functions.ways import Way
from atoll.host.symbols import path_of
from atoll.lock.parts import file_url

_HTTP = ("wasi:http/incoming-handler", "wasi:http/handler", "fermyon:spin/inbound-http")
_RUN = "wasi:cli/run"
_NAMES = ("handler", "handle", "handle-request")
_TEMPLATES = Path(__file__).parent
_FUNCTION = re.compile(
    r"export (?P<name>[\w-]+): func\((?P<parameter>[\w-]+): string\) -> (?P<result>string|result<string, string>|"
    r"result<string>);"
)
_HINT = "export `wasi:http`, `wasi:cli/run@0.2`, or `handler: func(event: string) -> result<string, string>`"


def arranged(locked: dict[str, Any], folder: Path, locate: Locate = core.nowhere) -> dict[str, Any]:
    """The locked app in which all components of functions can be called. What is made for that goes into `folder`.

    Raises UserError or Problems for components that are none of the kinds, and for settings that cannot be read.
    """
    if not has_functions(locked):
        return locked
    return _Arranging(locked, folder, locate).arranged()


class _Arranging:
    def __init__(self, locked: dict[str, Any], folder: Path, locate: Locate) -> None:
        self._locked = locked
        self._folder = folder
        self._locate = locate
        self._problems: list[AtollError] = []
        self._served: set[str] = set()

    def arranged(self) -> dict[str, Any]:
        ways: dict[str, Way] = {}
        for trigger in self._locked["triggers"]:
            if trigger["trigger_type"] == KIND and (way := self._way(trigger)) is not None:
                ways.setdefault(way.component, way)
        components = []
        for component in self._locked["components"]:
            way = ways.get(component["id"])
            try:
                components.append(component if way is None else self._callable(component, way))
            except AtollError as error:
                self._note(error.code, error.message, error.hint, component["id"], "source")
        triggers = self._triggers()
        raise_all(self._problems)
        return {**self._locked, "components": components, "triggers": triggers}

    def _way(self, trigger: dict[str, Any]) -> Way | None:
        try:
            return Way.of(trigger["trigger_config"])
        except msgspec.ValidationError as error:
            hint = "it has `component`, `route` and `path`, and may have `method`, `payload`, `export` and `cors`"
            component = trigger["trigger_config"].get("component")
            self._note("trigger-invalid", f"the trigger `{trigger['id']}` cannot be read: {error}", hint, component)
            return None

    def _callable(self, component: dict[str, Any], way: Way) -> dict[str, Any]:
        path = path_of(component["source"]["source"])
        with core.calling() as module:
            wasm: bytes = module.read_guest(str(path))
        if is_core(wasm):
            return self._module(component, wasm)
        exports = core.surface(str(path)).exports
        names = (way.export,) if way.export else _NAMES
        if any(name.partition("@")[0] in _HTTP for name in exports):
            self._served.add(component["id"])
            return component
        if function := next((name for name in names if name in exports), None):
            return self._function(component, path, function)
        command = next((name for name in exports if name.partition("@")[0] == _RUN), None)
        if command is None or not command.startswith(f"{_RUN}@0.2."):
            what = "it is a command of WASI 0.3" if command else f"it exports {_listed(exports)}"
            raise UserError("function-unfit", f"the component cannot take events: {what}", _HINT)
        return self._composed(component, _RUN, _TEMPLATES / "command.wat")

    def _module(self, component: dict[str, Any], wasm: bytes) -> dict[str, Any]:
        made = prefixed(wasm)
        if made is None:  # a module may hold an older Spin's handler; the engine says what else is wrong
            self._served.add(component["id"])
            return component
        return {**component, "source": {**component["source"], "source": self._kept(made, ".wasm")}}

    def _function(self, component: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
        with core.calling() as module:
            text: str = msgspec.json.decode(module.wit(module.read_guest(str(path))))["text"]
        found = next((one for one in _FUNCTION.finditer(text) if one["name"] == name), None)
        if found is None:
            why = f"the export `{name}` takes no event as a `string` and gives none as a `string`"
            raise UserError("function-unfit", why, _HINT)
        return self._composed(component, name, path_of(self._kept(_template(found), ".wat")))

    def _composed(self, component: dict[str, Any], name: str, root: Path) -> dict[str, Any]:
        """The component behind another one, which has its name and its grants and shares them all."""
        inner = {"source": component["source"], "export": None, "inherit": "All"}
        if "dependencies" in component:
            inner["dependencies"] = component["dependencies"]
        return {
            **component,
            "source": {**component["source"], "source": file_url(root)},
            "dependencies": {name: inner},
        }

    def _kept(self, content: bytes, suffix: str) -> str:
        folder = self._folder / "functions"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / (hashlib.sha256(content).hexdigest() + suffix)
        file.write_bytes(content)
        return file_url(file)

    def _triggers(self) -> list[dict[str, Any]]:
        """HTTP handlers have triggers of their own kind: one a path, whatever the methods."""
        found = []
        owners: dict[str, str] = {}
        for trigger in self._locked["triggers"]:
            config = trigger["trigger_config"]
            if trigger["trigger_type"] != KIND or not isinstance(config.get("route"), str):
                found.append(trigger)
                continue
            name, route = config["component"], config["route"]
            is_first = route not in owners
            owner = owners.setdefault(route, name)
            if owner != name and {owner, name} & self._served:
                self._shared(route, owner, name)
            elif name not in self._served:
                found.append(trigger)
            elif is_first:
                served = {"component": name, "route": route}
                found.append({"id": trigger["id"], "trigger_type": "http", "trigger_config": served})
        return found

    def _shared(self, route: str, one: str, other: str) -> None:
        handler = one if one in self._served else other
        self._note(
            "trigger-invalid",
            f"`{one}` and `{other}` share the path `{route}`, and `{handler}` is an HTTP handler, which gets all of it",
            "let it answer all methods of the path, or give the other one another path",
            other,
        )

    def _note(self, code: str, message: str, hint: str | None, component: str | None, key: str | None = None) -> None:
        place: Location | None = self._locate(component, key, None)
        shown = message if place is not None or component is None else f"component `{component}`: {message}"
        self._problems.append(UserError(code, shown, hint, location=place))


def _template(found: re.Match[str]) -> bytes:
    """`function.wat` for this function."""
    is_result = found["result"] != "string"
    result = {
        "string": "string",
        "result<string>": "(result string)",
        "result<string, string>": "(result string (error string))",
    }[found["result"]]
    filled = {
        "NAME": found["name"],
        "PARAMETER": found["parameter"],
        "RESULT": result,
        "IS_ERROR": "i32.load8_u (i32.const 16)" if is_result else "i32.const 0",
        "AT": "20" if is_result else "16",
        "LENGTH": "24" if is_result else "20",
    }
    text = (_TEMPLATES / "function.wat").read_text("utf-8").partition("\n(component")
    return re.sub("|".join(filled), lambda one: filled[one[0]], "(component" + text[2]).encode()


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:10]) or "nothing"
