"""Where the token is from that says who signs: a file, `SIGSTORE_ID_TOKEN`, or the machine that builds."""

import os
from pathlib import Path

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded
from atoll.registry.trust.identities import library

VARIABLE = "SIGSTORE_ID_TOKEN"
_MAX_BYTES = 64 << 10


def found(file: Path | None) -> str:
    """The token of whoever signs. Raises UserError `token-invalid`, `extra-missing`.

    Machines that build are GitHub Actions, GitLab CI/CD, Buildkite, CircleCI and Google Cloud.
    """
    if file is not None:
        return _told(_read(file), f"the file {file}")
    if VARIABLE in os.environ:
        return _told(os.environ[VARIABLE], VARIABLE)
    offered: str | None = library().offered()
    if not offered:
        raise token_invalid("nobody says who signs")
    return offered


def token_invalid(why: str) -> UserError:
    """For a token that is not there or is not taken."""
    return UserError(
        "token-invalid",
        f"there is no identity to sign with: {why}",
        f"give a token of an OpenID provider, made for `sigstore`, with --identity-token or {VARIABLE}; of a workflow "
        "of GitHub, grant it `id-token: write`",
    )


def _told(text: str, where: str) -> str:
    token = text.strip()
    if not token:
        raise token_invalid(f"{where} is empty")
    return token


def _read(file: Path) -> str:
    try:
        return read_bounded(file, _MAX_BYTES).decode("ascii")
    except OSError as error:
        raise token_invalid(f"{file} cannot be read: {error.strerror}") from None
    except (TooLarge, UnicodeDecodeError):
        raise token_invalid(f"{file} holds no token") from None
