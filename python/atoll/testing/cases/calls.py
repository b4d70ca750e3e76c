"""A call of an exported function in a test."""

import enum
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from atoll.capabilities.custom import Err, Ok, Some
from atoll.embed import CallFailed, GuestError
from atoll.embed.paths import Paths
from atoll.errors import AtollError
from atoll.testing.cases import matching
from atoll.testing.cases.imports import answers
from atoll.testing.cases.model import Call, pattern_of
from atoll.testing.cases.outbound import Said
from atoll.testing.cases.scene import Scene
from atoll.testing.cases.values import of_base64, of_file, of_json


def call(wanted: Call, scene: Scene) -> Iterator[Said]:
    """How what the function gives differs from what is expected."""
    folder = scene.file.path.parent
    try:
        arguments = [_argument(value, folder) for value in of_json(wanted.args)]
    except ValueError as failed:
        yield ("args",), [str(failed)]
        return
    try:
        guest = scene.guest(wanted.component)
        imports = answers(scene.test.given.imports, [guest.inspected], folder)
        with guest.loaded(scene.test.given, scene.stores, imports) as plugin:
            function = Paths(guest.name, plugin._types).function(_path(wanted.function))
            came, error = None, None
            try:
                came = plain(function(*arguments))
            except GuestError as failed:
                error = plain(failed.payload)
            except CallFailed as failed:
                error = str(failed)
            except TypeError as failed:
                yield ("args",), [str(failed)]
                return
            finally:
                scene.heard([*plugin.log], [*plugin.calls])
    except AtollError as failed:
        yield ("function",), [str(failed), *([f"hint: {failed.hint}"] if failed.hint else [])]
        return
    yield from _differences(wanted, came, error, folder)


def _differences(wanted: Call, came: Any, error: Any, folder: Path) -> Iterator[Said]:
    if wanted.error is not None:
        said = ["expected an error, got a result", matching.told(came)] if error is None else None
        key, said = "error", _compared(wanted.error, error, folder) if said is None else said
    elif error is not None:
        key, said = "result", [f"expected a result, got the error {matching.told(error)}"]
    else:
        key, said = "result", _compared(wanted.result, came, folder) if wanted.result is not None else []
    if said:
        yield (key,), said


def _compared(expected: Any, got: Any, folder: Path) -> list[str]:
    """A table with the keys of a pattern is one; anything else is the value."""
    pattern = pattern_of(expected)
    if pattern is None:
        return matching.values(expected, got)
    if isinstance(got, str | bytes):
        return matching.texts(pattern, got.encode() if isinstance(got, str) else got, folder)
    if {*expected} <= {"json", "json-part"}:
        wholes = [matching.values(of_json(expected[key]), got, part=key != "json") for key in expected]
        return [sentence for whole in wholes for sentence in whole]
    return [f"expected a text, got {matching.told(got)}"]


def _path(function: str) -> str:
    """`counters.sum` is the function `sum` of the interface `counters`."""
    interface, dot, name = function.rpartition(".")
    return f"{interface}{'#' if ':' in interface else '/'}{name}" if dot and "#" not in function else function


def _argument(written: Any, folder: Path) -> Any:
    match written:
        case {"file": str(name), **others} if not others:
            return of_file(folder, name)
        case {"base64": str(text), **others} if not others:
            return of_base64(text)
    return written


def plain(value: Any) -> Any:
    """A value of WIT as JSON has it, with WIT's names; bytes stay bytes."""
    match value:
        case None | bool() | int() | float() | str() | bytes():
            return value
        case enum.Flag():
            return [_name(str(flag.name)) for flag in value]
        case enum.Enum():
            return value.value
        case Ok(inner) | Err(inner) | Some(inner):
            return {_name(type(value).__name__): plain(inner)}
        case list() | tuple():
            return [plain(one) for one in value]
    if is_dataclass(value):
        held = {_name(one.name): plain(getattr(value, one.name)) for one in fields(value)}
        if "." not in type(value).__qualname__:
            return held
        case_name = _name(type(value).__name__)
        return {case_name: held["value"]} if held else case_name
    return repr(value)


def _name(python: str) -> str:
    """`site_admin`, `SITE_ADMIN` and `SiteAdmin` are `site-admin`."""
    words = "".join(f"-{one.lower()}" if one.isupper() and not python.isupper() else one for one in python)
    return words.strip("-_").replace("_", "-").lower()
