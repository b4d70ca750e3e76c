"""`atoll upgrade`: a manifest of version 1 as one of version 2."""

from pathlib import Path

import click


@click.command("upgrade")
@click.argument("source", metavar="[FROM]", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write to this file instead of standard output. It must not exist.",
)
def command(source: str | None, output: Path | None) -> None:
    """Print a version 1 manifest as version 2, with its comments. The file itself is left as it is.

    \b
    atoll upgrade
    atoll upgrade old/spin.toml -o spin.toml
    """
    from atoll.app import toml_manifest
    from atoll.errors import UserError
    from atoll.manifest.text import read_manifest
    from atoll.manifest.upgrade import upgrade

    file = toml_manifest(Path(source) if source is not None else None, "atoll upgrade")
    try:
        text = upgrade(read_manifest(file), str(file))
        if output is None:
            click.echo(text, nl=False)
            return
        with output.open("x", encoding="utf-8") as new:
            new.write(text)
    except OSError as error:
        raise UserError("argument-invalid", f"{error.filename}: {(error.strerror or '').lower()}") from None
