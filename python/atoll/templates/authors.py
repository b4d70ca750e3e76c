"""Who makes an app, as git knows them: the values `authors` and `username` of a template."""

import os
import subprocess

_PATIENCE = 5


def authors() -> dict[str, str]:
    """`authors` is `Name <mail>`, as far as they are known, and `username` the name alone."""
    known = _configured()
    name = _first("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME") or known.get("user.name") or _first("USER", "NAME")
    mail = _first("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL") or known.get("user.email")
    if name is None:
        return {"authors": "", "username": ""}
    mail = mail.removeprefix("<").removesuffix(">") if mail else None
    return {"authors": f"{name} <{mail}>" if mail else name, "username": name}


def _first(*variables: str) -> str | None:
    values = (os.environ.get(variable, "").strip() for variable in variables)
    return next(filter(None, values), None)


def _configured() -> dict[str, str]:
    command = ["git", "config", "--get-regexp", r"^user\.(name|email)$"]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    lines = ended.stdout.decode("utf-8", "replace").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(" ") for line in lines)}
