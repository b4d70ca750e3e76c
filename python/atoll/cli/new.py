"""`atoll new`: an app from a template. Flags of `spin new` keep their names."""

from typing import Any

import click

from atoll.cli import templated
from atoll.cli.made import following_steps, show
from atoll.cli.templated import Given


@click.command("new")
@templated.with_options
def command(**options: Any) -> None:
    """Make a new app from a template.

    On a terminal, what is not given is asked for; elsewhere the defaults hold. Nothing that is there is overwritten.

    \b
    atoll new                                # choose from a list
    atoll new http-python hello              # a folder `hello`
    atoll new -t http-rust --init            # here
    atoll new http-go api -v http-path=/api/...
    """
    from atoll.templates import making, template, values

    given = Given(**options)
    found, name = templated.chosen(given, adds=False)
    part = template.part(found, None)
    folder = templated.folder(given, name)
    order = making.Order(
        name=name,
        folder=folder,
        values=values.settle(found, part, templated.values(given), templated.ask(given)),
        vcs=not given.no_vcs,
        beside=given.init,
        overwrite=given.allow_overwrite,
    )
    made = making.new(found, part, order)
    show(f"Made `{name}` from the template {found.id}:", made, following_steps(made, folder))
