"""Calls that are written as text: a function's name, and its arguments in the notation of WAVE."""

import json
import re
from collections.abc import Mapping
from importlib import import_module

from atoll.embed.grants import Grants
from atoll.embed.limits import Limits
from atoll.embed.loading import load
from atoll.embed.world import Function, World
from atoll.errors import UserError

_CALL = re.compile(r"\s*(?P<name>[^\s(]+)\s*(?P<arguments>\(.*\))?\s*", re.DOTALL)


def imported(reference: str) -> object:
    """The object at `module:name`; a class is called for it. Raises UserError `argument-invalid`."""
    module, _, name = reference.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        hint = "write module:Class of a module on PYTHONPATH"
        raise UserError("argument-invalid", f"`{reference}` cannot be imported: {error}", hint) from None
    made: object = found() if isinstance(found, type) else found
    return made


def called(
    file: str, call: str, imports: Mapping[str, object], limits: Limits, grants: Grants
) -> tuple[bool, str | None, bytes | None]:
    """Call a function of the file; whether it went well, what it gave as text, and of text and bytes the bytes.

    Raises UserError `call-invalid` for a function that is not there, or arguments that do not fit it.
    """
    match = _CALL.fullmatch(call)
    if match is None:
        raise _invalid(call, "it is no call", "write the function and its arguments: 'render(\"# hi\")'")
    plugin = load(file, imports=imports, limits=limits, grants=grants)
    world: World = plugin._types.world
    number, function = _found(world, match["name"])
    try:
        is_well, text = plugin._types.core.call_text(number, match["arguments"] or "()")
    except ValueError as error:
        raise _invalid(call, str(error), f"it is {_shown(function)}") from None
    return is_well, text, _plain(function, text)


def _found(world: World, name: str) -> tuple[int, Function]:
    """A function by its name in WIT or in Python, behind that of its interface: in full, or its last part."""
    interface, separator, plain = name.rpartition("#") if "#" in name else name.rpartition(".")
    found = [
        (number, function)
        for number, function in enumerate(world.description.functions)
        if plain in (function.name, function.plain) and _is_of(function, interface if separator else None)
    ]
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted(_named(function) for function in world.description.functions)) or "nothing"
    if not found:
        raise _invalid(name, "there is no such function", f"the file exports {known}")
    several = " and ".join(_named(function) for _, function in found)
    raise _invalid(name, f"there are several: {several}", "write the interface before it, with `#` between them")


def _is_of(function: Function, interface: str | None) -> bool:
    if not interface:
        return function.interface is None
    full = function.interface or ""
    unversioned = full.partition("@")[0]
    return interface in (full, unversioned, unversioned.rpartition("/")[2])


def _named(function: Function) -> str:
    return function.name if function.interface is None else f"{function.interface}#{function.name}"


def _shown(function: Function) -> str:
    if function.function is None:
        return _named(function)
    parameters = ", ".join(f"{name}: {kind['kind']}" for name, kind in function.function.parameters)
    return f"{_named(function)}({parameters})"


def _plain(function: Function, text: str | None) -> bytes | None:
    """The bytes of a text or of bytes."""
    if text is None or function.function is None or function.function.result is None:
        return None
    match function.function.result["kind"]:
        case "string":
            return _unquoted(text).encode()
        case "bytes":
            return bytes(json.loads(text))
        case _:
            return None


_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]+)\}|(.))", re.DOTALL)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r"}


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _PLAIN.get(found[2], found[2]), text[1:-1])


def _invalid(what: str, why: str, hint: str) -> UserError:
    return UserError("call-invalid", f"`{what}` cannot be called: {why}", hint)
