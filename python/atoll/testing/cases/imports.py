"""What answers the imports of guests that no capability answers: a Python object, or values that a test writes down."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from atoll.capabilities.custom import WitError
from atoll.capabilities.custom.imported import answering
from atoll.capabilities.custom.types import attribute, class_name
from atoll.embed.bind.parser import parsed
from atoll.embed.bind.wit import Definition, Interface
from atoll.errors import UserError
from atoll.errors.meant import meant
from atoll.host.inspected import Inspected

Written = str | dict[str, Any]
"""`module:Class`, or results by function."""


def answers(written: Mapping[str, Written], guests: Iterable[Inspected], folder: Path) -> dict[str, object]:
    """What answers each interface. Modules are found beside the test, too.

    Raises UserError `provider-failed`, and `test-file-invalid` for functions that the interface does not have.
    """
    if not written:
        return {}
    interfaces = _interfaces(guests)
    return {
        name: _imported(name, what, folder) if isinstance(what, str) else _constant(name, what, interfaces)
        for name, what in written.items()
    }


def _imported(interface: str, reference: str, folder: Path) -> object:
    beside = str(folder.absolute())
    sys.path.insert(0, beside)
    try:
        found: object = answering(interface, reference)
        return found
    finally:
        sys.path.remove(beside)


def _interfaces(guests: Iterable[Inspected]) -> dict[str, Interface]:
    """Those that the guests import, by their names without versions."""
    worlds = [parsed(guest.world) for guest in guests if guest.world]
    return {
        name.partition("@")[0]: world.interfaces[name]
        for world in worlds
        for name in world.imports
        if name in world.interfaces
    }


def _constant(name: str, results: Mapping[str, Any], interfaces: Mapping[str, Interface]) -> object:
    interface = interfaces.get(name.partition("@")[0])
    if interface is None:
        raise UserError("test-file-invalid", f"no guest imports `{name}`", meant(name, interfaces))
    functions = {function.name: function for function in interface.functions}
    for given in results:
        if given not in functions:
            raise UserError("test-file-invalid", f"`{name}` has no function `{given}`", meant(given, functions))
    answered = {one: None for one, function in functions.items() if function.result is None} | {**results}
    members: dict[str, Any] = {attribute(one): staticmethod(_function(name, answered, one)) for one in functions}
    members |= {class_name(one.name): _resource(name, one) for one in interface.definitions.values() if one.functions}
    return type("Answers", (), members)()


def _resource(name: str, of: Definition) -> type:
    """The class of a resource, of which none can be made."""
    methods: dict[str, Any] = {attribute(one.name): _function(name, {}, one.name) for one in of.functions if one.name}
    return type(class_name(of.name), (), {**methods, "__init__": _function(name, {}, of.name)})


def _function(interface: str, results: Mapping[str, Any], name: str) -> Callable[..., Any]:
    def answer(*_: object) -> Any:
        if name not in results:
            raise UserError("test-file-invalid", f"the test has no answer for `{interface}.{name}`")
        match results[name]:
            case {"error": error, **others} if not others:
                raise WitError(error)
            case {"json": str(text), **others} if not others:
                return json.loads(text)
        return results[name]

    return answer
