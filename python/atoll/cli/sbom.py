"""`atoll sbom`: what an app is made of."""

import json
from pathlib import Path

import click

from atoll.cli.nearest import with_manifest


@click.command("sbom")
@with_manifest(
    "A manifest, a folder that holds one, or a .wasm file. By default the nearest manifest above.",
)
@click.option("--profile", help="Use this build profile.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["cyclonedx", "spdx"]),
    default="cyclonedx",
    show_default=True,
    help="CycloneDX 1.6 or SPDX 2.3, both as JSON.",
)
@click.option("-o", "--output", metavar="FILE", help="Write it here, and not to standard output.")
def command(source: str | None, profile: str | None, form: str, output: str | None) -> None:
    """Print the bill of materials of an app: its components, what made them, and what they are made of.

    Read are the wasm files themselves, with the crates that `cargo auditable` wrote into them, and lock files beside
    their sources: Cargo.lock, package-lock.json, uv.lock, poetry.lock, pylock.toml, requirements.txt, go.mod. The same
    app gives the same bytes; SOURCE_DATE_EPOCH is the time in it.

    \b
    atoll sbom -o app.cdx.json
    atoll sbom -f shop/spin.toml --format spdx
    atoll sbom -f app.wasm
    """
    from atoll.app import App
    from atoll.errors import UserError
    from atoll.packages.sbom import cyclonedx, spdx
    from atoll.packages.sbom.gathering import bill_of

    bill = bill_of(App.load(source, profile=profile))
    document = (cyclonedx if form == "cyclonedx" else spdx).document(bill)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, "utf-8")
    except OSError as error:
        raise UserError("output-unwritable", f"{output} cannot be written: {error.strerror}") from None
    click.echo(f"wrote {output}: {len(bill.materials)} materials", err=True)
