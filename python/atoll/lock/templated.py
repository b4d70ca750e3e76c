"""What an app's variables fill in: the hosts that its components may call, and the variables that these may ask for."""

from collections.abc import Mapping
from typing import Any

from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest import templates
from atoll.manifest.templates import Template

_EMPTY = ("", "http://", "https://")


def resolve(locked: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The locked app with the templates in `allowed_outbound_hosts` and in the components' variables filled in.

    A host whose variables leave nothing of it is left out: so a variable without a value switches its grant off.
    Raises UserError or Problems when a variable has no value at all.
    """
    filling = _Filling(variables)
    components = [_component(component, filling) for component in locked["components"]]
    raise_all(filling.problems)
    return {**locked, "components": components}


class _Filling:
    """Fills templates, and notes those that cannot be filled."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[AtollError] = []

    def fill(self, text: str, where: str) -> tuple[Template, str] | None:
        """The template and what it makes; None is noted, with `where` it stands."""
        try:
            template = templates.parse(text)
            return template, template.fill(self._variables)
        except KeyError as error:
            message = f'"{text}" {where} needs the variable `{error.args[0]}`, which has no value'
            self.problems.append(UserError("variable-missing", message))
        except ValueError as error:
            self.problems.append(UserError("template-invalid", f'"{text}" {where}: {error}'))
        return None


def _component(component: dict[str, Any], filling: _Filling) -> dict[str, Any]:
    filled = dict(component)
    metadata = component.get("metadata", {})
    if hosts := metadata.get("allowed_outbound_hosts"):
        filled["metadata"] = {**metadata, "allowed_outbound_hosts": _hosts(component["id"], hosts, filling)}
    if config := component.get("config"):
        filled["config"] = _config(component["id"], config, filling)
    return filled


def _hosts(component_id: str, hosts: list[str], filling: _Filling) -> list[str]:
    where = f"in `allowed_outbound_hosts` of `{component_id}`"
    found = [filling.fill(host, where) for host in hosts]
    return [text for template, text in filter(None, found) if template.is_literal or text not in _EMPTY]


def _config(component_id: str, config: Mapping[str, str], filling: _Filling) -> dict[str, str]:
    found = {name: filling.fill(text, f"in the variable `{name}` of `{component_id}`") for name, text in config.items()}
    return {name: one[1] for name, one in found.items() if one is not None}
