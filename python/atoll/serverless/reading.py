"""From the text of `serverless.yml` to a manifest of atoll, with everything that is wrong with it at once."""

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from atoll.errors import Location, UserError, raise_all
from atoll.errors.meant import meant
from atoll.manifest import variables as values
from atoll.manifest.positions import Path, Span
from atoll.manifest.read import INVALID, Reader
from atoll.serverless.components import Components
from atoll.serverless.events import Events
from atoll.serverless.model import IGNORED, TOP, Function, Own, Provider
from atoll.serverless.variables import Variables
from atoll.serverless.yaml_text import YamlText

_NUMBERS = ("timeout", "memorySize", "reservedConcurrency")


class Translated:
    """What a TOML text is to the manifest: `data` in the form of `spin.toml`, and the places of it in the YAML.

    `ignored` are the keys that have no meaning here, dotted.
    """

    def __init__(
        self, yaml: YamlText, data: dict[str, Any], moves: Mapping[Path, Path], ignored: tuple[str, ...]
    ) -> None:
        self.file = yaml.file
        self.text = yaml.text
        self.data = data
        self.ignored = ignored
        self._yaml = yaml
        self._moves = moves

    def location(self, path: Path, *, key: bool = False) -> Location:
        """Where the YAML says what stands at this path of the manifest."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._moves:
                return self._yaml.location((*self._moves[path[:end]], *path[end:]), key=key and end == len(path))
        return self._yaml.location(())

    def holds(self, path: Path) -> bool:
        """Whether somebody wrote it."""
        found = (end for end in range(len(path), 0, -1) if path[:end] in self._moves)
        end = next(found, 0)
        return end > 0 and self._yaml.holds((*self._moves[path[:end]], *path[end:]))

    def span(self, path: Path) -> Span | None:
        """None: a place in the YAML is none that can be rewritten as TOML."""
        return None


def read(content: bytes, file: str, base: FilePath) -> Translated:
    """Read the file, fill in its variables, and translate it; `base` is its folder.

    Raises UserError or Problems with everything that is wrong.
    """
    yaml = YamlText.from_bytes(content, file)
    return _Reading(yaml, base).translated()


class _Reading:
    def __init__(self, yaml: YamlText, base: FilePath) -> None:
        self.yaml = yaml
        self.reader = Reader(yaml)
        self.variables = Variables(yaml, base, values.read_environment(base))
        self.ignored: list[str] = []

    def translated(self) -> Translated:
        root = self.yaml.data
        if not isinstance(root, dict):
            raise UserError(
                "serverless-invalid", f"{self.yaml.file} holds no mapping", "it begins with `service: NAME`"
            )
        self._known(root, "", TOP, ())
        provider = self._provider(root.get("provider"))
        functions = self._functions(root.get("functions"))
        own = self._own(root.get("custom"))
        made = Components(self.reader, provider, own)
        events = Events(self.reader, provider.http_api)
        for name, function in functions.items():
            made.add(name, function, events.read(function.events, ("functions", name, "events")))
            if not function.events:
                self.ignored.append(f"functions.{name}, which has no events")
        service = self._service(root)
        stage = self._filled(lambda: self.variables.stage, ("provider", "stage"))
        made.check()
        raise_all(self.reader.problems)
        data = {
            "spin_manifest_version": 2,
            "application": {
                "name": service,
                "description": f"the service {service}, stage {stage}",
                "tool": {"atoll": own.application},
            },
            "trigger": {"function": [one | {"service": service, "stage": stage} for one in made.triggers]},
            "component": made.components,
        }
        moves = {("application", "name"): ("service",), ("application",): ("service",)} | made.moves
        moves["application", "tool", "atoll"] = ("custom", "atoll", "application")
        return Translated(self.yaml, data, moves, tuple(self.ignored))

    def _service(self, root: dict[str, Any]) -> str:
        service = self._value(root.get("service"), ("service",))
        if isinstance(service, dict):
            service = service.get("name")
        if not isinstance(service, str) or not service:
            self.reader.note("manifest-key-missing", "the file lacks the key `service`", (), hint="name the service")
            return ""
        return service

    def _provider(self, given: Any) -> Provider:
        given = self._value(given, ("provider",), IGNORED["provider"])
        if isinstance(given, str):
            given = {"name": given}
        if given is None:
            given = {}
        if isinstance(given, dict):
            given = self._known(given, "provider", None, ("provider",))
            http_api = given.get("httpApi")
            if isinstance(http_api, dict):
                kept = {name: one for name, one in http_api.items() if name in ("cors", "payload")}
                given["httpApi"] = kept
                self.ignored += [f"provider.httpApi.{name}" for name in http_api if name not in kept]
        read = self.reader.read(Provider, given, ("provider",))
        return Provider() if read is INVALID else read

    def _functions(self, given: Any) -> dict[str, Function]:
        path: Path = ("functions",)
        given = self._top(given, path)
        if isinstance(given, list):  # as files that are put together
            parts = [self._top(each, (*path, index)) for index, each in enumerate(given)]
            given = {name: one for part in parts if isinstance(part, dict) for name, one in part.items()}
        if not isinstance(given, dict) or not given:
            self.reader.note("manifest-key-missing", "the file has no `functions`", path, hint="name at least one")
            return {}
        found = {}
        for name, one in given.items():
            here: Path = (*path, name)
            read = self.reader.read(Function, self._function(one, here), here)
            if read is not INVALID:
                found[name] = read
        return found

    def _function(self, given: Any, path: Path) -> Any:
        given = self._value(given, path, IGNORED["function"])
        if not isinstance(given, dict):
            return {} if given is None else given
        given = self._known(given, "function", None, path)
        if isinstance(given.get("package"), dict):
            given["package"] = self._known(given["package"], "package", None, (*path, "package"))
        return given

    def _own(self, custom: Any) -> Own:
        custom = self._top(custom, ("custom",))
        given = custom.get("atoll") if isinstance(custom, dict) else None
        self.ignored += [f"custom.{name}" for name in (custom if isinstance(custom, dict) else ()) if name != "atoll"]
        read = self.reader.read(Own, self._value(given, ("custom", "atoll")) or {}, ("custom", "atoll"))
        return Own() if read is INVALID else read

    def _known(self, given: dict[str, Any], kind: str, known: tuple[str, ...] | None, path: Path) -> dict[str, Any]:
        """What has a meaning here; of the rest, what is known elsewhere is remembered. Null is as good as nothing."""
        kept = {}
        for name, value in given.items():
            if name in IGNORED[kind]:
                shown = ".".join(str(part) for part in (*path, name))
                self.ignored += [shown] if name not in ("stage", "region", "params", "stages", "useDotenv") else []
            elif known is not None and name not in known:
                hint = meant(name, known, f"read here are {', '.join(f'`{one}`' for one in known)}")
                self.reader.note("manifest-key-unknown", f"unknown key `{name}`", (*path, name), hint=hint, key=True)
            elif value is not None:
                kept[name] = int(value) if name in _NUMBERS and _is_digits(value) else value
        return kept

    def _top(self, value: Any, path: Path) -> Any:
        """A variable that stands for a whole section; what is in it is filled in later."""
        return self._filled(lambda: self.variables.resolved(value), path) if isinstance(value, str) else value

    def _value(self, value: Any, path: Path, ignored: frozenset[str] = frozenset()) -> Any:
        """The value with its variables filled in; each key by itself, so that each problem has its line."""
        if isinstance(value, dict):
            return {name: one if name in ignored else self._value(one, (*path, name)) for name, one in value.items()}
        if isinstance(value, list):
            return [self._value(one, (*path, index)) for index, one in enumerate(value)]
        return self._filled(lambda: self.variables.resolved(value), path)

    def _filled(self, fill: Any, path: Path) -> Any:
        """None for what cannot be filled in, which is noted."""
        try:
            return fill()
        except UserError as error:
            self.reader.note(error.code, error.message, path, hint=error.hint)
            return None


def _is_digits(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) is not None
