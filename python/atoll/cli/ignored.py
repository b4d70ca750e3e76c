"""Keys of a `serverless.yml` that say something to other platforms: whoever runs it here hears which have no effect."""

import click

from atoll.app import App

_MOST = 12


def tell_ignored(app: App) -> None:
    """Say once, on standard error, which keys have no effect here."""
    if app.ignored:
        names = [*dict.fromkeys(app.ignored)]
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        click.echo(f"atoll: {app.file.name}: without effect here: {', '.join(names[:_MOST])}{more}", err=True)
