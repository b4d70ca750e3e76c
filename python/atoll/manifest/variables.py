"""The values of an app's variables: what the command line gives, then the environment, then `.env`, then defaults.

Values may be secret: no message of this module shows one.
"""

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest.model import Variable
from atoll.manifest.read import meant

PREFIX = "SPIN_VARIABLE_"
_DOTENV_LINE = re.compile(
    r"""\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)\s*=\s*"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\n]*?)\s*(?:\s\#.*)?"""
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def resolve(
    declared: Mapping[str, Variable], given: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, str]:
    """The value of every declared variable that has one.

    `given` comes from the command line and wins over `environment`, which wins over the default. Required variables
    without a value are missing in the result: see `missing`.
    """
    values = {}
    for name, variable in declared.items():
        value = given.get(name, environment.get(PREFIX + name.upper(), variable.default))
        if value is not None:
            values[name] = value
    return values


def missing(declared: Mapping[str, Variable], values: Mapping[str, str]) -> list[str]:
    """The variables that must have a value and have none."""
    return [name for name in declared if name not in values]


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


def read_environment(folder: Path | None = None) -> dict[str, str]:
    """The process's environment over the `.env` file of `folder` (by default the working directory)."""
    file = (folder or Path.cwd()) / ".env"
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
