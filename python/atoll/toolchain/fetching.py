"""Runs the registries' own clients, and says in one sentence what kept them from their work."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from atoll.errors import UserError

_TOLD = 20
_FULL = re.compile(r"No space left on device|ENOSPC|disk quota exceeded", re.IGNORECASE)
_DENIED = re.compile(r"Permission denied|EACCES|EROFS|Read-only file system", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"Failed to establish a new connection|Connection (?:refused|reset|timed out)|Connection broken|Read timed out"
    r"|Temporary failure (?:in name resolution|resolving)|Could not (?:resolve|connect)|Network is unreachable"
    r"|ProxyError|dial tcp|i/o timeout|no such host|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT"
    r"|Failed to fetch|could not download|error sending request|client error \(Connect\)",
    re.IGNORECASE,
)


def fetch(what: str, registry: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> str:
    """Run a client that brings `what` from a registry; what it printed on standard output.

    Raises UserError: `toolchain-registry-unreachable`, `toolchain-place-unusable` for a full disk, or
    `toolchain-install-failed` with the client's own last words.
    """
    try:
        ended = subprocess.run(
            [str(word) for word in command],
            env={**_inherited(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise UserError(
            "toolchain-install-failed",
            f"{what} cannot be installed: `{command[0]}` does not run: {error.strerror}",
            f"`{command[0]}` brings it; install that first",
        ) from None
    if ended.returncode != 0:
        raise _failure(what, registry, Path(str(command[0])).name, ended)
    return ended.stdout


def _inherited() -> dict[str, str]:
    """The environment, without what a project says to its own Python, and with what everyone's words are known in."""
    own = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}}
    return {**own, "LC_ALL": "C"}


def _failure(what: str, registry: str, client: str, ended: subprocess.CompletedProcess[str]) -> UserError:
    said = f"{ended.stdout}\n{ended.stderr}".strip()
    if _FULL.search(said):
        return UserError(
            "toolchain-place-unusable",
            f"{what} cannot be installed: the disk is full",
            "make room, or choose another folder with ATOLL_TOOLCHAINS",
        )
    if _UNREACHABLE.search(said):
        return UserError(
            "toolchain-registry-unreachable",
            f"{what} cannot be installed: {registry} cannot be reached",
            f"mend the network, or tell {client} of a mirror in its own configuration; what is installed stays",
        )
    if _DENIED.search(said):
        return UserError(
            "toolchain-place-unusable",
            f"{what} cannot be installed: a folder must not be written to:\n{_last(said)}",
            "let it be written to, or choose another folder with ATOLL_TOOLCHAINS",
        )
    return UserError(
        "toolchain-install-failed",
        f"{what} cannot be installed: `{client}` ended with code {ended.returncode}:\n{_last(said)}",
        "what it said stands above",
    )


def _last(said: str) -> str:
    return "\n".join(said.splitlines()[-_TOLD:])
