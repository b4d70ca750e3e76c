"""The values of a template's parameters: those that were given, its defaults, and the answers of whoever is asked."""

from collections.abc import Callable, Mapping
from pathlib import Path

from atoll.errors import AtollError, UserError, raise_all
from atoll.errors.meant import meant
from atoll.manifest.toml import Toml
from atoll.templates.description import Parameter
from atoll.templates.template import Part, Template

Ask = Callable[[Parameter], str]


def settle(template: Template, part: Part, given: Mapping[str, str], ask: Ask | None) -> dict[str, str]:
    """The value of each parameter that takes part. Whoever is to be asked has to give values that fit.

    Without `ask` the defaults hold. Raises UserError or Problems with all values that are wrong, unknown or missing.
    """
    known = template.description.parameters
    wanted = {name: parameter for name, parameter in part.parameters.items() if name not in given}
    problems: list[AtollError] = [
        UserError("template-value-invalid", f"`{template.id}` has no parameter `{name}`", meant(name, known))
        for name in given
        if name not in known
    ]
    for name, value in given.items():
        wrong = known[name].wrong(value) if name in known else None
        if wrong:
            problems.append(UserError("template-value-invalid", f"the value of `{name}` does not fit: {wrong}"))
    if ask is None:
        problems += [_missing(name, parameter) for name, parameter in wanted.items() if parameter.default is None]
    raise_all(problems)
    values = {name: ask(parameter) if ask else parameter.default or "" for name, parameter in wanted.items()}
    return {**values, **given}


def read_file(file: Path) -> dict[str, str]:
    """The values of a TOML file: text by name. Raises UserError or Problems."""
    try:
        toml = Toml.from_file(file)
    except OSError as error:
        raise UserError("argument-invalid", f"{file} cannot be read: {(error.strerror or '').lower()}") from None
    raise_all(
        UserError(
            "template-value-invalid",
            f"the value of `{name}` must be a string",
            f'write {name} = "…"',
            location=toml.location((name,)),
        )
        for name, value in toml.data.items()
        if not isinstance(value, str)
    )
    return toml.data


def _missing(name: str, parameter: Parameter) -> UserError:
    allowed = f", one of {', '.join(parameter.allowed_values)}" if parameter.allowed_values else ""
    return UserError(
        "template-value-missing",
        f"the parameter `{name}` has no value ({parameter.prompt})",
        f"give it with -v {name}=VALUE{allowed}",
    )
