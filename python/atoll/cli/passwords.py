"""Passwords of keys: from the environment as cosign has it, or asked for on a terminal."""

import os
import sys

import click

PASSWORD = "COSIGN_PASSWORD"


def password(*, new: bool = False) -> bytes:
    """The password of a private key; for a new one it is asked for twice. Empty where nobody can be asked."""
    given = os.environ.get(PASSWORD)
    if given is not None:
        return given.encode()
    if not sys.stdin.isatty():
        return b""
    text: str = click.prompt(
        "Password of the key", hide_input=True, default="", show_default=False, confirmation_prompt=new, err=True
    )
    return text.encode()
