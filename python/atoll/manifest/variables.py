"""The values of an app's variables: what the command line gives, then providers, then the environment, then defaults.

Values may be secret: no message of this module shows one.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from atoll.errors import AtollError, UserError, raise_all
from atoll.errors.meant import meant
from atoll.manifest.model import Variable

PREFIX = "SPIN_VARIABLE_"
_DOTENV_LINE = re.compile(
    r"""\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)\s*=\s*"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\n]*?)\s*(?:\s\#.*)?"""
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


Layer = Mapping[str, str] | None
"""Values by name, or None for a provider that has to be asked while the app runs."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The variables as an app starts: values that are `known`, and names for which a provider has to be `asked`.

    `layers` are all that were looked at, the first wins; a variable in neither has no value.
    """

    layers: tuple[Layer, ...] = field(repr=False)
    known: dict[str, str] = field(repr=False)
    asked: frozenset[str]

    def beside(self) -> list[dict[str, str] | None]:
        """The layers again, with no more of them than what the `asked` ones need."""
        return [
            None if layer is None else {name: layer[name] for name in sorted(self.asked & layer.keys())}
            for layer in self.layers
        ]


def settle(declared: Iterable[str], layers: Iterable[Layer]) -> Settled:
    """Look for every variable in the layers, up to the first that has to be asked."""
    looked = tuple(layers)
    found = {name: next((layer for layer in looked if layer is None or name in layer), {}) for name in declared}
    known = {name: layer[name] for name, layer in found.items() if layer}
    return Settled(looked, known, frozenset(name for name, layer in found.items() if layer is None))


def of_environment(declared: Iterable[str], environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that the environment gives, under Spin's prefix."""
    names = {name: PREFIX + name.upper() for name in declared}
    return {name: environment[key] for name, key in names.items() if key in environment}


def defaults(declared: Mapping[str, Variable]) -> dict[str, str]:
    """The values of the manifest."""
    return {name: variable.default for name, variable in declared.items() if variable.default is not None}


def undeclared(declared: Mapping[str, Variable], given: Mapping[str, str]) -> list[AtollError]:
    """A problem for each value that was given for a variable which the manifest does not have."""
    return [
        UserError("variable-undeclared", f"the manifest declares no variable `{name}`", meant(name, declared))
        for name in given
        if name not in declared
    ]


def read_arguments(arguments: Iterable[str]) -> dict[str, str]:
    """The values of `--variable` arguments: `name=value`, `name=@file`, `@file.json`, `@file.toml`; later ones win.

    Raises UserError or Problems for arguments and files that cannot be read.
    """
    values: dict[str, str] = {}
    problems: list[AtollError] = []
    for argument in arguments:
        try:
            values |= _argument(argument)
        except (ValueError, OSError) as error:
            problems.append(_bad_argument(argument, error))
    raise_all(problems)
    return values


def files_named(arguments: Iterable[str]) -> list[Path]:
    """The files that `--variable` arguments name, whether they are there or not."""
    values = (argument if argument.startswith("@") else argument.partition("=")[2] for argument in arguments)
    return [Path(value[1:]) for value in values if value.startswith("@") and len(value) > 1]


def environment_file(folder: Path | None = None) -> Path:
    """The `.env` file of a folder, by default the working directory; it need not be there."""
    return (folder or Path.cwd()) / ".env"


def read_environment(folder: Path | None = None) -> dict[str, str]:
    """The process's environment over the `.env` file of `folder` (by default the working directory)."""
    file = environment_file(folder)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return dict(os.environ)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("variable-argument-invalid", f"{file} cannot be read: {error}") from None
    return parse_dotenv(text) | dict(os.environ)


def parse_dotenv(text: str) -> dict[str, str]:
    """The names and values of a `.env` file: `NAME=value`, quotes and `export` allowed, `#` starts a comment."""
    values = {}
    for line in text.splitlines():
        match = _DOTENV_LINE.fullmatch(line)
        if match and not line.lstrip().startswith("#"):
            values[match["name"]] = _unquoted(match["value"])
    return values


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), text[1:-1])
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return text


def _argument(argument: str) -> dict[str, str]:
    if argument.startswith("@"):
        return _file_of_values(Path(argument[1:]))
    name, equals, value = argument.partition("=")
    if not equals or not name:
        raise ValueError("expected NAME=VALUE, NAME=@FILE, @FILE.json or @FILE.toml")
    return {name: Path(value[1:]).read_text(encoding="utf-8") if value.startswith("@") else value}


def _file_of_values(file: Path) -> dict[str, str]:
    text = file.read_text(encoding="utf-8")
    match file.suffix:
        case ".json":
            data = json.loads(text)
        case ".toml":
            data = tomllib.loads(text)
        case _:
            raise ValueError("the file's name must end in .json or .toml")
    if not isinstance(data, dict):
        raise ValueError("the file must hold names and values")
    return {name: _text_of(name, value) for name, value in data.items()}


def _text_of(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"the value of `{name}` must be a string")


def _bad_argument(argument: str, error: Exception) -> UserError:
    """The problem of one argument, without its value: what stands behind `=` may be a secret."""
    shown = argument if argument.startswith("@") else argument.partition("=")[0]
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    if isinstance(error, json.JSONDecodeError | tomllib.TOMLDecodeError | UnicodeDecodeError):
        reason = f"the file cannot be understood ({type(error).__name__})"
    return UserError("variable-argument-invalid", f"--variable {shown}: {reason}")
