"""`atoll explain`: what an error's code means, and what to do about it."""

import json

import click

from atoll.errors import CODES, UserError
from atoll.errors.catalogue import Entry
from atoll.errors.meant import meant


@click.command("explain")
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(code: str | None, as_json: bool) -> None:
    """Say what the error CODE means, and what to do about it; without one, list all codes.

    `--json` before the command has every error tell its code: `atoll --json up`.

    \b
    atoll explain                     # all codes
    atoll explain guest-no-handler
    """
    found = dict(CODES) if code is None else {code: _entry(code)}
    if as_json:
        entries = [{"code": code, "meaning": entry.meaning, "remedy": entry.remedy} for code, entry in found.items()]
        click.echo(json.dumps(entries if code is None else entries[0], indent=2))
    elif code is None:
        for name, entry in found.items():
            click.echo(f"{click.style(name, bold=True)}  {entry.meaning}")
    else:
        click.echo(f"{found[code].meaning}\n{found[code].remedy}")


def _entry(code: str) -> Entry:
    if code not in CODES:
        hint = meant(code, CODES, "`atoll explain` lists all codes")
        raise UserError("code-unknown", f"no error has the code `{code}`", hint)
    return CODES[code]
