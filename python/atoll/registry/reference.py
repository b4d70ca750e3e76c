"""References to what a registry holds: `host[:port]/repository[:tag][@digest]`."""

import hashlib
import re
from dataclasses import dataclass, replace

from atoll.errors import UserError

DEFAULT_TAG = "latest"
_MAX_NAME = 255
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_LOCAL = re.compile(r"(?:localhost|[A-Za-z0-9.-]+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])(?::[0-9]+)?")
_SHAPE = "write HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:…, such as registry.example.com/team/app:1.0"
_DOCKER_HUB = "docker.io"


@dataclass(frozen=True, slots=True)
class Reference:
    """One version of what a repository holds. With a digest it is that, whatever the tag says by now."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Take a reference apart. Without tag and digest it means `latest`. Raises UserError `reference-invalid`."""
        host, slash, rest = text.removeprefix("oci://").partition("/")
        name, at, digest = rest.partition("@")
        repository, colon, tag = name.partition(":")
        if not slash or not _is_host(host):
            raise _invalid(text, f'"{host}" is not the name of a registry')
        if host == _DOCKER_HUB and "/" not in repository:
            repository = f"library/{repository}"
        if not _REPOSITORY.fullmatch(repository) or len(host) + len(repository) >= _MAX_NAME:
            raise _invalid(text, f'"{repository}" is not the name of a repository: lower-case words joined by `/`')
        if colon and not _TAG.fullmatch(tag):
            raise _invalid(text, f'"{tag}" is not a tag: letters, digits, `.`, `_` and `-`, 128 at most')
        if at and not _DIGEST.fullmatch(digest):
            raise _invalid(text, f'"{digest}" is not a digest: `sha256:` and 64 lower-case hexadecimal digits')
        return cls(host, repository, tag or (None if digest else DEFAULT_TAG), digest or None)

    @property
    def version(self) -> str:
        """What a registry is asked for: the digest, or else the tag."""
        return self.digest or self.tag or DEFAULT_TAG

    def at(self, digest: str) -> "Reference":
        """The same, held to one digest."""
        return replace(self, digest=digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}{f'@{self.digest}' if self.digest else ''}"


def is_reference(text: str) -> bool:
    """Whether a text can only be meant as a reference: it begins with a host that has a dot, a port or is localhost.

    A path begins otherwise: one that looks like this is a path if there is such a file, which is for the caller to see.
    """
    if text.startswith("oci://"):
        return True
    host, slash, rest = text.partition("/")
    return bool(slash and rest and _is_host(host) and ("." in host[1:-1] or ":" in host or host == "localhost"))


def digest_of(content: bytes, like: str = "sha256") -> str:
    """The digest of bytes, of the same kind as another one."""
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def is_digest(text: str) -> bool:
    """Whether this is a digest of a kind that can be verified."""
    return _DIGEST.fullmatch(text) is not None


def is_local(registry: str) -> bool:
    """Whether a registry is on this machine, and so spoken to without TLS."""
    return _LOCAL.fullmatch(registry) is not None


def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None and text not in (".", "..")


def _invalid(text: str, why: str) -> UserError:
    return UserError("reference-invalid", f'"{text}" is not a reference: {why}', _SHAPE)
