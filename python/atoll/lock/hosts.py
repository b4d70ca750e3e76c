"""Templates in `allowed_outbound_hosts`, filled in before the data plane sees them."""

from collections.abc import Mapping
from typing import Any

from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest import templates

_EMPTY = ("", "http://", "https://")


def resolve(locked: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The locked app with the templates in `allowed_outbound_hosts` filled in; nothing else is changed.

    An entry whose variables leave nothing of it is left out: so a variable without a value switches its grant off.
    Raises UserError or Problems when a variable has no value at all.
    """
    problems: list[AtollError] = []
    components = [_component(component, variables, problems) for component in locked["components"]]
    raise_all(problems)
    return {**locked, "components": components}


def _component(component: dict[str, Any], variables: Mapping[str, str], problems: list[AtollError]) -> dict[str, Any]:
    hosts = component.get("metadata", {}).get("allowed_outbound_hosts")
    if not hosts:
        return component
    resolved = []
    for host in hosts:
        try:
            template = templates.parse(host)
            filled = template.fill(variables)
        except (KeyError, ValueError) as error:
            problems.append(_unresolved(component["id"], host, error))
            continue
        if template.is_literal or filled not in _EMPTY:
            resolved.append(filled)
    return {**component, "metadata": {**component["metadata"], "allowed_outbound_hosts": resolved}}


def _unresolved(component_id: str, host: str, error: Exception) -> UserError:
    where = f"in `allowed_outbound_hosts` of `{component_id}`"
    if isinstance(error, KeyError):
        return UserError(
            "variable-missing", f'"{host}" {where} needs the variable `{error.args[0]}`, which has no value'
        )
    return UserError("template-invalid", f'"{host}" {where}: {error}')
