"""Where a component's wasm comes from: a path, an address with the digest that its bytes must have, or a registry.

Downloads are streamed into the cache next to their final name, verified, and then renamed: what stands in the cache
under a digest has had that digest. A digest that stands there needs no network.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from atoll.cache import used
from atoll.errors import UserError
from atoll.lock.pins import Pin, Pins
from atoll.manifest.model import (
    LocalDependency,
    PackageDependency,
    RegistrySource,
    TriggerPackage,
    TriggerPath,
    TriggerUrl,
    UrlDependency,
    UrlSource,
)
from atoll.registry.store import Partial, Store

if TYPE_CHECKING:
    from atoll.registry.packages import Packages

MAX_DOWNLOAD_BYTES = 1 << 30
TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 1 << 20
_AS_IT_IS = {"accept-encoding": "identity"}  # the digest is of the bytes before any encoding
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

Fetchable = (
    str
    | UrlSource
    | RegistrySource
    | LocalDependency
    | UrlDependency
    | PackageDependency
    | TriggerPath
    | TriggerUrl
    | TriggerPackage
)


class Fetcher:
    """Finds wasm files: relative to `base`, or in the cache, or over the network into the cache."""

    def __init__(self, base: Path, cache_directory: Path, policy: str | None = None) -> None:
        self.base = base
        self.policy = policy
        self.store = Store(cache_directory)
        self.pins = Pins(base)

    def fetch(self, source: Fetchable) -> Path:
        """The local file. Blocks for a download. Raises UserError with the reason, without a location."""
        match source:
            case str():
                return self._local(source)
            case LocalDependency() | TriggerPath():
                return self._local(source.path)
            case UrlSource() | UrlDependency() | TriggerUrl():
                return self._remote(source.url, source.digest)
            case RegistrySource():
                return self._package(source.package, f"={source.version}", source.registry)
            case PackageDependency() | TriggerPackage():
                return self._package(source.package or "", source.version, source.registry)

    def _package(self, package: str, requirement: str, registry: str | None) -> Path:
        # Few apps have packages, and the others start sooner without a client.
        from atoll.manifest.versions import Requirement
        from atoll.registry.packages import Release
        from atoll.registry.reference import Reference

        try:
            wanted = Requirement.parse(requirement)
        except ValueError as error:
            raise UserError("package-invalid", f"of `{package}`: {error}") from None

        def resolve() -> Pin:
            found = self._packages.find(package, wanted, registry)
            place = f"{found.registry}/{found.repository}"
            return Pin(package, requirement, registry or "", found.version, place, found.digest, found.manifest)

        pin = self.pins.find(package, requirement, registry or "", resolve)
        place = Reference.parse(pin.location)
        release = Release(package, pin.version, place.registry, place.repository, pin.digest, pin.manifest)
        return self._packages.fetch(release)

    @cached_property
    def _packages(self) -> "Packages":
        """Policy and configuration are read once for all packages of an app."""
        from atoll.registry.packages import Packages
        from atoll.registry.trust.policy import Policy

        return Packages(self.store, Policy.find(self.policy))

    def _local(self, text: str) -> Path:
        path = _path_of_url(text) if text.startswith("file:") else self.base / text
        if "\0" in text or not path.is_file():
            raise UserError(
                "source-missing", f'the wasm file "{text}" does not exist', "build the component, or mend the path"
            )
        return path

    def _remote(self, url: str, digest: str) -> Path:
        if not digest.startswith("sha256:"):
            raise UserError("digest-invalid", f"invalid `digest` \"{digest}\"; must start with 'sha256:'")
        if not _DIGEST.fullmatch(digest):
            raise UserError(
                "digest-invalid", f'invalid `digest` "{digest}"; 64 lower-case hexadecimal digits must follow'
            )
        cached = self.store.wasm / digest
        used(cached)
        if not cached.is_file():
            with self.store.receiving(digest, wasm=True) as partial:
                if partial is not None:
                    self._download(url, digest, partial)
        return cached

    def _download(self, url: str, digest: str, partial: Partial) -> None:
        """All of it or nothing: unlike a registry, a web server need not have the rest of what it once began."""
        partial.restart()
        try:
            for chunk in _chunks(url):
                if partial.size + len(chunk) > MAX_DOWNLOAD_BYTES:
                    raise UserError("download-failed", f"{url} is larger than {MAX_DOWNLOAD_BYTES} bytes")
                partial.write(chunk)
            if partial.digest != digest:
                raise UserError(
                    "digest-mismatch",
                    f"the file at {url} has the digest {partial.digest}, not {digest}",
                    "the file was changed, or the manifest names another one",
                )
            partial.finish()
        except BaseException:
            partial.discard()
            raise


def _chunks(url: str) -> Iterable[bytes]:
    parts = _split(url)
    if parts.scheme == "file":
        return _file_chunks(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError("source-invalid", f'"{url}" is not an http, https or file address')
    return _http_chunks(url)


def _http_chunks(url: str) -> Iterator[bytes]:
    import httpx

    try:
        with httpx.stream("GET", url, headers=_AS_IT_IS, follow_redirects=True, timeout=TIMEOUT_SECONDS) as response:
            if response.status_code != httpx.codes.OK:
                raise UserError("download-failed", f"{url} answers {response.status_code} {response.reason_phrase}")
            yield from response.iter_raw(_CHUNK_BYTES)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UserError("download-failed", f"{url} could not be downloaded: {error or type(error).__name__}") from None


def _file_chunks(url: str) -> Iterator[bytes]:
    try:
        with _path_of_url(url).open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except (OSError, ValueError) as error:
        raise UserError("download-failed", f"{url} cannot be read: {error}") from None


def _path_of_url(url: str) -> Path:
    """The path of a file URL. Raises UserError for one that names another host."""
    parts = _split(url)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise UserError("source-invalid", f'"{url}" does not name a file of this machine')
    return Path(unquote(parts.path))


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise UserError("source-invalid", f'"{url}" is not an address: {error}') from None
