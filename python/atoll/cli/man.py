"""`atoll man`: the manual pages."""

from collections.abc import Iterator
from pathlib import Path

import click


@click.command("man")
@click.argument("name", metavar="[COMMAND]...", nargs=-1)
@click.option("--dir", "folder", metavar="DIR", help="Write all pages below COMMAND into this folder instead.")
@click.pass_context
def command(context: click.Context, name: tuple[str, ...], folder: str | None) -> None:
    """Print the manual page of a COMMAND, or of atoll itself, in roff.

    \b
    atoll man up | man -l -
    atoll man toolchain install
    atoll man --dir ~/.local/share/man/man1  # so that `man atoll-up` finds it
    """
    from atoll.cli import roff

    root = context.find_root()
    wanted = click.Context(root.command, info_name="atoll", **root.command.context_settings)
    for part in name:
        wanted = _below(wanted, part)
    if folder is None:
        click.echo(roff.page(wanted), nl=False)
        return
    for each in _all(wanted):
        _write(Path(folder), f"{roff.name(each)}.1", roff.page(each))


def _below(context: click.Context, name: str) -> click.Context:
    """The context of a command of the context's own. Raises UserError if there is none."""
    from atoll.errors import UserError
    from atoll.errors.meant import meant

    group = context.command
    names = group.list_commands(context) if isinstance(group, click.Group) else []
    found = group.get_command(context, name) if isinstance(group, click.Group) and name in names else None
    if found is None:
        said = f"`{context.command_path}` has no command `{name}`"
        raise UserError("argument-invalid", said, meant(name, names) if names else f"`atoll man {context.info_name}`")
    return click.Context(found, parent=context, info_name=name)


def _all(context: click.Context) -> Iterator[click.Context]:
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            yield from _all(_below(context, name))


def _write(folder: Path, name: str, text: str) -> None:
    from atoll.errors import UserError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise UserError("argument-invalid", f"{folder / name} cannot be written: {error.strerror}") from None
    click.echo(folder / name)
