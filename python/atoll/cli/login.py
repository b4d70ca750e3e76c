"""`atoll login`: who one is at a registry."""

import sys

import click

from atoll.cli.sources import INSECURE
from atoll.errors import UserError


@click.command("login")
@click.argument("registry")
@click.option("-u", "--username", metavar="NAME", help="Asked for on a terminal.")
@click.option(
    "-p", "--password", metavar="TEXT", help="Asked for on a terminal. Others may see it in the list of processes."
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@INSECURE
@click.option("--json", "as_json", is_flag=True, help="Print registry, name and file as JSON.")
def command(registry: str, username: str | None, password: str | None, password_stdin: bool, **how: bool) -> None:
    """Sign in at a registry.

    The registry is asked whether it knows you before anything is kept. Credentials of docker, podman and Spin are found
    without this.

    \b
    atoll login registry.example.com -u anna
    atoll login registry.example.com -u anna --password-stdin
    """
    from atoll.cli.registries import answer
    from atoll.registry import credentials
    from atoll.registry.access import check
    from atoll.registry.credentials import Credentials

    if password_stdin and password is not None:
        raise UserError("argument-invalid", "--password and --password-stdin exclude each other", "give one of them")
    name = username or _asked("Username", hidden=False)
    secret = sys.stdin.readline().rstrip("\r\n") if password_stdin else password or _asked("Password", hidden=True)
    given = Credentials(name, secret)
    check(registry, given, insecure=how["insecure"])
    path = credentials.save(registry, given)
    record = {"registry": registry, "username": name, "file": str(path)}
    answer(f"signed in at {registry} as {name}; kept in {path}", record, as_json=how["as_json"])


def _asked(what: str, *, hidden: bool) -> str:
    if not sys.stdin.isatty():
        raise UserError(
            "argument-invalid", f"nobody is there to be asked for the {what.lower()}", "give -u and --password-stdin"
        )
    text: str = click.prompt(what, hide_input=hidden, err=True)
    return text
