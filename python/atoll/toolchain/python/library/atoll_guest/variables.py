"""Variables of the app, which the manifest gives to a component under `[component.NAME.variables]`.

from atoll_guest import variables

token = variables.get("api_token")
"""

from __future__ import annotations

import wit_world.imports.spin_variables as wit
from componentize_py_types import Err

__all__ = ("VariableError", "VariableUnknown", "get")


class VariableError(Exception):
    """A variable's value cannot be had."""


class VariableUnknown(VariableError, LookupError):
    """The component has no variable of this name."""


def get(name: str, default: str | None = None) -> str:
    """The value of a variable; `default`, where one is given, for a name that the component does not have.

    Raises VariableUnknown, or VariableError where the provider fails.
    """
    try:
        return wit.get(name)
    except Err as error:
        match error.value:
            case wit.Error_Undefined():
                if default is not None:
                    return default
                raise VariableUnknown(
                    f"the component has no variable `{name}`: add `{name}` to its `variables` in the manifest"
                ) from None
            case wit.Error_InvalidName(why):
                raise VariableUnknown(f"`{name}` is no name of a variable: {why}") from None
            case other:
                raise VariableError(f"the variable `{name}` cannot be had: {other.value}") from None
