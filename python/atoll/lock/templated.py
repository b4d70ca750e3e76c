"""What an app's variables fill in: the hosts that its components may call, and the variables that these may ask for."""

from collections.abc import Collection, Iterator, Mapping, Set
from typing import Any

from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest import templates
from atoll.manifest.templates import Template

_EMPTY = ("", "http://", "https://")


Part = str | dict[str, str]
"""Of a template that is filled in while the app runs: a text, or `{"variable": NAME}`."""


def resolve(locked: Mapping[str, Any], variables: Mapping[str, str], asked: Collection[str] = ()) -> dict[str, Any]:
    """The locked app with the templates in `allowed_outbound_hosts` and in the components' variables filled in.

    A host whose variables leave nothing of it is left out: so a variable without a value switches its grant off. A
    component's variable that needs an `asked` one becomes the list of its parts; those that a secret is part of are
    named under `metadata.atoll.secrets`. Raises UserError or Problems when a variable has no value at all.
    """
    filling = _Filling(variables, asked)
    secret = {name for name, variable in locked.get("variables", {}).items() if variable.get("secret")}
    components = [_component(component, filling, secret) for component in locked["components"]]
    raise_all(filling.problems)
    return {**locked, "components": components}


def named_in_hosts(locked: Mapping[str, Any]) -> set[str]:
    """The variables that the app cannot start without: those of its outbound hosts."""
    return {name for host in _all_hosts(locked) for name in _names(host)}


def _all_hosts(locked: Mapping[str, Any]) -> Iterator[str]:
    for component in locked["components"]:
        yield from component.get("metadata", {}).get("allowed_outbound_hosts", ())


def _names(text: str) -> tuple[str, ...]:
    try:
        return templates.parse(text).names
    except ValueError:
        return ()  # told where it is filled in


class _Filling:
    """Fills templates, and notes those that cannot be filled."""

    def __init__(self, variables: Mapping[str, str], asked: Collection[str]) -> None:
        self._variables = variables
        self._asked = asked
        self.problems: list[AtollError] = []

    def fill(self, text: str, where: str, without: Collection[str] = ()) -> tuple[Template, str] | None:
        """The template and what it makes, nothing of those `without` value; None is noted, with `where` it stands."""
        try:
            template = templates.parse(text)
            return template, template.fill(dict.fromkeys(without, "") | dict(self._variables))
        except KeyError as error:
            message = f'"{text}" {where} needs the variable `{error.args[0]}`, which has no value'
            self.problems.append(UserError("variable-missing", message))
        except ValueError as error:
            self.problems.append(UserError("template-invalid", f'"{text}" {where}: {error}'))
        return None

    def parts(self, text: str, where: str) -> list[Part] | str | None:
        """The text that the template makes; the list of its parts where one of them is not known yet."""
        made = self.fill(text, where, self._asked)
        if made is None or not any(name in self._asked for name in made[0].names):
            return made and made[1]
        parts = [self._part(part) if place % 2 else part for place, part in enumerate(made[0].parts)]
        return [part for part in parts if part != ""]

    def _part(self, name: str) -> Part:
        return {"variable": name} if name in self._asked else self._variables[name]


def _component(component: dict[str, Any], filling: _Filling, secret: Set[str]) -> dict[str, Any]:
    filled = dict(component)
    metadata = component.get("metadata", {})
    if hosts := metadata.get("allowed_outbound_hosts"):
        filled["metadata"] = {**metadata, "allowed_outbound_hosts": _hosts(component["id"], hosts, filling)}
    if config := component.get("config"):
        filled["config"] = _config(component["id"], config, filling)
        if secrets := [name for name, text in config.items() if not secret.isdisjoint(_names(text))]:
            metadata = filled.get("metadata", metadata)
            filled["metadata"] = {**metadata, "atoll": {**metadata.get("atoll", {}), "secrets": secrets}}
    return filled


def _hosts(component_id: str, hosts: list[str], filling: _Filling) -> list[str]:
    where = f"in `allowed_outbound_hosts` of `{component_id}`"
    found = [filling.fill(host, where) for host in hosts]
    return [text for template, text in filter(None, found) if template.is_literal or text not in _EMPTY]


def _config(component_id: str, config: Mapping[str, str], filling: _Filling) -> dict[str, list[Part] | str]:
    found = {
        name: filling.parts(text, f"in the variable `{name}` of `{component_id}`") for name, text in config.items()
    }
    return {name: one for name, one in found.items() if one is not None}
