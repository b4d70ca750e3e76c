"""`atoll add`: a component from a template, put into an app. Flags of `spin add` keep their names."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.cli import templated
from atoll.cli.made import following_steps, show
from atoll.cli.nearest import with_manifest
from atoll.cli.templated import Given

if TYPE_CHECKING:
    from atoll.manifest.toml import Toml
    from atoll.templates.template import Part

_ROUTE = "http-path"


@click.command("add")
@templated.with_options
@with_manifest()
def command(source: str | None, **options: Any) -> None:
    """Add a component from a template to an app: its files to a folder beside spin.toml, its tables to the end of it.

    \b
    atoll add http-rust api -v http-path=/api/...
    atoll add                                # choose from a list
    """
    from atoll.app import toml_manifest
    from atoll.templates import adding, making, template, values

    given = Given(**options)
    manifest = toml_manifest(Path(source) if source is not None else None, "atoll add")
    toml = adding.opened(manifest)
    found, name = templated.chosen(given, adds=True)
    part = _with_free_route(template.part(found, toml.data), toml, name)
    order = making.Order(
        name=name,
        folder=templated.folder(given, name),
        values=values.settle(found, part, templated.values(given), templated.ask(given)),
        vcs=not given.no_vcs,
        beside=given.init,
        overwrite=given.allow_overwrite,
    )
    made = making.add(found, part, order, manifest)
    here = manifest.parent.resolve() == Path.cwd()
    steps = following_steps(made, Path() if here else manifest.parent)
    show(f"Added `{name}` from the template {found.id}:", made, steps)


def _with_free_route(part: "Part", toml: "Toml", name: str) -> "Part":
    """An app answers each route once: where the template's own is taken, the component is offered one with its name."""
    from dataclasses import replace

    import msgspec

    from atoll.templates.adding import routes
    from atoll.templates.words import kebab

    parameter = part.parameters.get(_ROUTE)
    free = f"/{kebab(name)}/..."
    if parameter is None or parameter.default not in dict(routes(toml.data)) or parameter.wrong(free):
        return part
    parameter = msgspec.structs.replace(parameter, default=free)
    return replace(part, parameters={**part.parameters, _ROUTE: parameter})
