"""`atoll audit`: known vulnerabilities of what an app is made of."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from atoll.cli.nearest import with_manifest

if TYPE_CHECKING:
    from atoll.packages.audit.matching import Audit, Finding
    from atoll.packages.sbom.bill import Bill


@click.command("audit")
@with_manifest("A manifest, a folder that holds one, or a .wasm file. By default the nearest manifest above.")
@click.option("--profile", help="Use this build profile.")
@click.option("--sbom", metavar="FILE", help="Audit this bill of materials (CycloneDX or SPDX), and no app.")
@click.option(
    "--advisories",
    metavar="PATH",
    multiple=True,
    required=True,
    help="Advisories in the format of OSV: a file, a folder, or an archive (all.zip); may be repeated.",
)
@click.option("--ignore", metavar="ID", multiple=True, help="Accept this advisory; may be repeated.")
@click.option(
    "--ignore-file", metavar="FILE", help="A TOML file of advisories that are accepted, each with its reason."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    context: click.Context,
    source: str | None,
    profile: str | None,
    sbom: str | None,
    advisories: tuple[str, ...],
    ignore: tuple[str, ...],
    ignore_file: str | None,
    as_json: bool,
) -> None:
    """Hold what an app is made of against advisories. The exit code is 1 if there are any that are not accepted.

    Nothing is fetched: OSV publishes an archive for each ecosystem, and RustSec's advisories are among them.

    \b
    atoll audit --advisories crates.io.zip --advisories npm.zip
    atoll audit --sbom app.cdx.json --advisories advisories/ --json
    atoll audit --advisories all.zip --ignore-file accepted.toml
    """
    import datetime
    from itertools import chain

    from atoll.packages.audit import advisories as osv
    from atoll.packages.audit.ignoring import Accepted, entries
    from atoll.packages.audit.matching import audit

    if sbom is not None and (source is not None or profile is not None):
        raise click.UsageError("`--sbom` is audited instead of an app")
    today = datetime.datetime.now(datetime.UTC).date()
    accepted = Accepted(ignore, entries(Path(ignore_file), today) if ignore_file is not None else ())
    bill = _bill(source, profile, sbom)
    made = audit(bill, chain.from_iterable(osv.advisories(Path(path)) for path in advisories), accepted)
    if as_json:
        import msgspec

        click.echo(json.dumps(msgspec.to_builtins(made), indent=2, ensure_ascii=False))
    else:
        _show(made)
    context.exit(1 if made.findings else 0)


def _bill(source: str | None, profile: str | None, sbom: str | None) -> "Bill":
    from atoll.app import App
    from atoll.packages.sbom.gathering import bill_of
    from atoll.packages.sbom.reading import read

    return read(Path(sbom)) if sbom is not None else bill_of(App.load(source, profile=profile))


def _show(made: "Audit") -> None:
    for one in made.findings:
        for line in _lines(one):
            click.echo(line)
        click.echo()
    for one in made.accepted:
        click.echo(f"accepted: {one.id} of {one.package} {one.version}: {one.ignored}")
    for each in made.unchecked:
        click.echo(f"not checked: {each['package']} {each['version']}: {each['reason']}", err=True)
    count = f"{len(made.findings)} found" if made.findings else "nothing found"
    click.echo(f"{made.packages} packages, {made.advisories} advisories: {count}")


def _lines(one: "Finding") -> list[str]:
    from atoll.errors import visible

    severity = f" [{one.severity}]" if one.severity else ""
    known = f" ({', '.join(one.aliases)})" if one.aliases else ""
    lines = [f"{one.package} {one.version} ({one.ecosystem}): {one.id}{known}{severity}"]
    lines += [f"  {one.title}"] if one.title else []
    lines += [f"  in {', '.join(one.components)}"] if one.components else []
    lines.append(f"  update it to {one.fixed}" if one.fixed else "  no version without it is known")
    return [visible(line) for line in lines]
