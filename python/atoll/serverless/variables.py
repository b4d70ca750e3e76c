"""What the variables of `serverless.yml` stand for: `${env:X}`, `${self:path}`, `${file(x.yml):key}`, `${opt:stage}`.

Only what is asked for is resolved, so an account's secrets in a part that nobody reads are no problem. What a service
of a cloud would have to be asked for has a value only where the variable names another one behind a comma.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any

from atoll.errors import UserError
from atoll.errors.meant import meant
from atoll.manifest.text import read_manifest
from atoll.serverless.expressions import Parts, Variable, parse
from atoll.serverless.yaml_text import YamlText

CODE = "serverless-variable"
OPTION = "ATOLL_SERVERLESS_"
"""Followed by the name of an option, the environment variable with its value: `ATOLL_SERVERLESS_STAGE`."""

_MAX_VALUES = 100_000
_MAX_TEXT = 1 << 20
_MAX_DEPTH = 50
_SOURCE = re.compile(r"(?P<kind>[A-Za-z][\w-]*)(?:\((?P<argument>.*)\))?(?::(?P<address>.*))?", re.DOTALL)
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?|true|false|null")
_REMOTE = frozenset({"ssm", "s3", "cf", "aws", "terraform", "vault", "git", "azure", "gcp", "secrets", "doppler"})
_MISSING: Any = object()


class Variables:
    """The variables of one file. `environment` is what `${env:…}` and the options are taken from."""

    def __init__(self, text: YamlText, base: FilePath, environment: Mapping[str, str]) -> None:
        self._root = text.data
        self._base = base
        self._environment = environment
        self._files: dict[FilePath, Any] = {}
        self._asked: list[str] = []
        self._values_left = _MAX_VALUES
        self._text_left = _MAX_TEXT
        self._sources: dict[str, Callable[[str, str], Any]] = {
            "env": lambda _, name: self._environment.get(name, _MISSING),
            "opt": lambda _, name: self._environment.get(_option_name(name), _MISSING),
            "sls": lambda _, name: self.stage if name == "stage" else _MISSING,
            "self": lambda _, address: self._walk(self._root, address),
            "custom": lambda _, address: self._walk(self._root, f"custom.{address}"),
            "param": lambda _, name: self._parameter(name),
            "file": self._file,
            "strToBool": self._boolean,
        }

    @property
    def stage(self) -> str:
        """The stage: the option's, the provider's, or `dev`."""
        given = self._environment.get(f"{OPTION}STAGE")
        if given is not None:
            return given
        provider = self._root.get("provider") if isinstance(self._root, dict) else None
        named = provider.get("stage") if isinstance(provider, dict) else None
        return "dev" if named is None else str(self.resolved(named))

    def resolved(self, value: Any) -> Any:
        """The value with all variables in it filled in. Raises UserError `serverless-variable`."""
        self._values_left -= 1
        if self._values_left < 0:
            raise UserError(CODE, f"the variables stand for more than {_MAX_VALUES} values", "name less")
        if isinstance(value, dict):
            return {name: self.resolved(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.resolved(one) for one in value]
        return self._filled(parse(value)) if isinstance(value, str) else value

    def _filled(self, parts: Parts) -> Any:
        """A variable alone may stand for any value; within a text it stands for text."""
        if len(parts) == 1 and isinstance(parts[0], Variable):
            return self._one(parts[0])
        filled = "".join(one if isinstance(one, str) else _text_of(self._one(one), one) for one in parts)
        self._text_left -= len(filled)
        if self._text_left < 0:
            raise UserError(CODE, f"the variables stand for more than {_MAX_TEXT} characters", "name less")
        return filled

    def _one(self, variable: Variable) -> Any:
        if _is_of_cloudformation(variable):
            return variable.text
        if variable.text in self._asked or len(self._asked) > _MAX_DEPTH:
            raise UserError(CODE, f"the variable `{variable.text}` stands for itself", "give it a value")
        self._asked.append(variable.text)
        try:
            value = _MISSING
            for source in variable.sources:
                value = self._asked_of(source, variable)
                if value is not _MISSING and value is not None:
                    return value
        finally:
            self._asked.pop()
        if value is None:
            return None
        raise self._without_value(variable)

    def _asked_of(self, source: Parts, variable: Variable) -> Any:
        parts = _stripped(source)
        if len(parts) == 1 and isinstance(parts[0], Variable):
            return self._one(parts[0])
        if len(parts) == 1 and isinstance(parts[0], str) and _LITERAL.fullmatch(parts[0]):
            return _literal(parts[0])
        text = self._filled(parts)
        found = _SOURCE.fullmatch(text)
        if found is None or (found["address"] is None and found["argument"] is None):
            hint = f"write '{text}' in quotes if it is a text"
            raise UserError(CODE, f"`{text}` in `{variable.text}` is no source of a value", hint)
        if found["kind"] in _REMOTE:
            return _MISSING
        ask = self._sources.get(found["kind"])
        if ask is None:
            hint = meant(found["kind"], self._sources)
            raise UserError(CODE, f"`{variable.text}`: there is no source `{found['kind']}`", hint)
        return ask(found["argument"] or "", found["address"] or "")

    def _without_value(self, variable: Variable) -> UserError:
        first = "".join(one if isinstance(one, str) else one.text for one in _stripped(variable.sources[0]))
        kind, _, name = first.partition(":")
        hint = f"give it another value behind a comma: ${{{first}, 'value'}}"
        if kind == "env":
            hint = f"set the environment variable {name}, or {hint}"
        elif kind == "opt":
            hint = f"set the environment variable {_option_name(name)}, or {hint}"
        elif kind.partition("(")[0] in _REMOTE:
            return UserError(CODE, f"`{variable.text}` would be asked of a service that atoll does not ask", hint)
        return UserError(CODE, f"the variable `{variable.text}` has no value", hint)

    def _parameter(self, name: str) -> Any:
        """Parameters of the stage go before those of all stages."""
        for places in (("stages", self.stage, "params"), ("params", self.stage)):
            for path in (places, tuple("default" if one == self.stage else one for one in places)):
                value = self._walk(self._root, ".".join((*path, name)))
                if value is not _MISSING:
                    return value
        return _MISSING

    def _boolean(self, argument: str, _: str) -> bool:
        if argument.strip().lower() in ("true", "1", "yes"):
            return True
        if argument.strip().lower() in ("false", "0", "no", ""):
            return False
        raise UserError(CODE, f"`strToBool({argument})` is neither true nor false", "write true or false")

    def _walk(self, value: Any, address: str) -> Any:
        """What a dotted path leads to; variables on the way are filled in."""
        for name in address.split(".") if address else ():
            value = self.resolved(value) if isinstance(value, str) else value
            if isinstance(value, list) and name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                return _MISSING
        return self.resolved(value)

    def _file(self, argument: str, address: str) -> Any:
        content = self._content(argument.strip())
        return _MISSING if content is _MISSING else self._walk(content, address)

    def _content(self, name: str) -> Any:
        """What a file holds, if it is there. It must lie in the project: a manifest can be a stranger's."""
        file = (self._base / name).resolve()
        if not file.is_relative_to(_project(self._base)):
            raise UserError(CODE, f"the file {name} lies outside of the project", "copy it into the project")
        if file.suffix in (".js", ".cjs", ".mjs", ".ts"):
            raise UserError(CODE, f"the file {name} is a program, which atoll does not run", "write it as YAML or JSON")
        if file not in self._files:
            self._files[file] = _read(file, name)
        return self._files[file]


def _read(file: FilePath, name: str) -> Any:
    try:
        content = read_manifest(file, name)
    except FileNotFoundError:
        return _MISSING
    except OSError as error:
        raise UserError(CODE, f"the file {name} cannot be read: {error.strerror}") from None
    if file.suffix in (".yml", ".yaml", ".json"):
        return YamlText.from_bytes(content, name).data
    return content.decode("utf-8", "replace").strip()


def _project(base: FilePath) -> FilePath:
    """The root of the git repository around the folder, or the folder."""
    folder = base.resolve()
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)


def _option_name(name: str) -> str:
    return OPTION + re.sub(r"\W", "_", name).upper()


def _is_of_cloudformation(variable: Variable) -> bool:
    """`${AWS::Region}` and `${Name}` are filled in by CloudFormation, not by the framework."""
    first = variable.sources[0]
    text = first[0] if len(first) == 1 and isinstance(first[0], str) else ""
    return len(variable.sources) == 1 and (text.startswith("AWS::") or re.fullmatch(r"\w+(\.\w+)?", text) is not None)


def _stripped(parts: Parts) -> Parts:
    joined: list[str | Variable] = []
    for one in parts:
        if isinstance(one, str) and joined and isinstance(joined[-1], str):
            joined[-1] += one
        else:
            joined.append(one)
    if joined and isinstance(joined[0], str):
        joined[0] = joined[0].lstrip()
    if joined and isinstance(joined[-1], str):
        joined[-1] = joined[-1].rstrip()
    return tuple(one for one in joined if one != "")


def _literal(text: str) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    return float(text) if "." in text else int(text)


def _text_of(value: Any, variable: Variable) -> str:
    if isinstance(value, dict | list):
        what = "a mapping" if isinstance(value, dict) else "a list"
        raise UserError(CODE, f"`{variable.text}` is {what}, and stands within a text", "name one of its values")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
