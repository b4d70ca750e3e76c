"""`atoll pull`: an app or a component out of a registry."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atoll.cli.sources import INSECURE, POLICY, Way, pulled
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.packages.oci.pulling import Pulled


@click.command("pull")
@click.argument("reference")
@click.option(
    "-o", "--output", metavar="PATH", help="Write the app into this new folder, or the component into this file."
)
@click.option(
    "--cache-dir", metavar="DIR", envvar="ATOLL_CACHE_DIR", show_envvar=True, help="Where pulled things are kept."
)
@INSECURE
@POLICY
@click.option("--json", "as_json", is_flag=True, help="Print reference, digest and path as JSON.")
def command(reference: str, output: str | None, cache_dir: str | None, policy: str | None, **how: bool) -> None:
    """Pull an app or a component from a registry.

    What is here already is not fetched again. Without --output it is kept in the cache, where `atoll up -f REFERENCE`
    finds it.

    \b
    atoll pull registry.example.com/team/app:1.0
    atoll pull registry.example.com/team/app@sha256:DIGEST -o app
    atoll pull localhost:5000/acme/auth:1.2.0 -o auth.wasm
    """
    from atoll.cli.registries import answer
    from atoll.registry.reference import Reference

    wanted = Reference.parse(reference)
    found = pulled(wanted, Way(cache_dir=cache_dir, insecure=how["insecure"], policy=policy))
    path = _written(found, Path(output)) if output else found.path
    record = {"reference": str(wanted), "digest": found.reference.digest, "path": str(path)}
    answer(f"pulled {found.reference}" + (f" into {path}" if output else ""), record, as_json=how["as_json"])


def _written(found: "Pulled", output: Path) -> Path:
    try:
        if not found.is_app:
            shutil.copyfile(found.path, output)
            return output
        shutil.copytree(found.path.parent, output)
        return output / found.path.name
    except FileExistsError:
        raise UserError("output-unwritable", f"{output} is there already", "name a new folder") from None
    except OSError as error:
        raise UserError("output-unwritable", f"{output} cannot be written: {error.strerror or error}") from None
