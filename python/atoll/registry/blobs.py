"""Blobs to and from a registry: verified, resumed where they broke off, and not sent where they are already."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from atoll.errors import UserError
from atoll.registry.client import Asked
from atoll.registry.documents import MANIFEST, Descriptor, artifact_invalid
from atoll.registry.reference import digest_of
from atoll.registry.repository import Repository
from atoll.registry.store import Partial, Store

Arrived = Callable[[int], object]
"""Is told of each number of bytes that has gone over the wire."""

_CHUNK_BYTES = 1 << 20
# A registry that loses the connection gets the rest of a larger blob, and a smaller one again.
_SENT_AT_ONCE = 16 << 20
_SENT_IN_PARTS = 64 << 20
_OCTETS = "application/octet-stream"


def unwatched(_: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes to be pushed: in memory or in a file."""

    descriptor: Descriptor
    source: bytes | Path

    @classmethod
    def of(cls, source: bytes | Path, media_type: str, annotations: dict[str, str] | None = None) -> "Blob":
        """Describe bytes or a file, which must stay as it is. Raises UserError `artifact-unreadable`."""
        if isinstance(source, bytes):
            digest, size = hashlib.sha256(source).hexdigest(), len(source)
        else:
            try:
                with source.open("rb") as file:
                    digest, size = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
            except OSError as error:
                raise UserError("artifact-unreadable", f"{source} cannot be read: {error.strerror}") from None
        described = Descriptor(
            media_type=media_type, digest=f"sha256:{digest}", size=size, annotations=annotations or {}
        )
        return cls(described, source)

    def part(self, start: int, end: int) -> Iterator[bytes]:
        """Its bytes from `start` to before `end`."""
        if isinstance(self.source, bytes):
            yield self.source[start:end]
            return
        with self.source.open("rb") as file:
            file.seek(start)
            yield from _read(file, end - start)


def fetch(repository: Repository, wanted: Descriptor, store: Store, *, wasm: bool, arrived: Arrived) -> Path:
    """The file with the blob, from the store or else from the registry.

    Raises UserError: `artifact-invalid` for other bytes than were promised, `registry-*`, `download-failed`.
    """
    if (found := store.find(wanted.digest)) is not None:
        return found
    with store.receiving(wanted.digest, wasm=wasm) as partial:
        if partial is None:
            found = store.find(wanted.digest)
            assert found is not None
            return found
        resumed = partial.resume()
        _receive(repository, wanted, partial, arrived)
        if resumed and not _is_whole(partial, wanted):
            # What an earlier fetch has left was wrong.
            partial.restart()
            _receive(repository, wanted, partial, arrived)
        if not _is_whole(partial, wanted):
            partial.discard()
            raise artifact_invalid(
                _name(repository, wanted),
                f"{partial.size} bytes with the digest {partial.digest} came instead of {wanted.size}",
            )
        return partial.finish()


def content(repository: Repository, wanted: Descriptor, most: int) -> bytes:
    """A small blob, verified, as bytes: a configuration, a signature. Raises UserError as `fetch` does."""
    if wanted.size > most:
        raise artifact_invalid(
            _name(repository, wanted), f"it is said to have {wanted.size} bytes; {most} are the most"
        )
    _, body = repository.client.ask(_asked(repository, wanted), wanted.size)
    digest = digest_of(body, wanted.digest)
    if len(body) != wanted.size or digest != wanted.digest:
        raise artifact_invalid(_name(repository, wanted), f"{len(body)} bytes with the digest {digest} came instead")
    return body


def exists(repository: Repository, digest: str) -> bool:
    """Whether a repository holds a blob."""
    path = f"/v2/{repository.name}/blobs/{digest}"
    return repository.client.finds(Asked("HEAD", path, repository.name, repository.writing)) is not None


def mount(repository: Repository, digest: str, other: str) -> bool:
    """Take a blob from another repository of the registry; whether it let one."""
    return _begin(repository, digest, other) is None


def push(repository: Repository, blob: Blob, arrived: Arrived, mount_from: str | None = None) -> bool:
    """Send a blob unless the registry has it, there or in the repository to mount it from; whether it was sent.

    Raises UserError `registry-*`.
    """
    patience = repository.client.patience
    for attempt in range(1, patience.attempts + 1):
        try:
            return _push(repository, blob, arrived, mount_from)
        except UserError as error:
            if error.code != "registry-unreachable" or attempt == patience.attempts:
                raise
            time.sleep(patience.pause * attempt)
    raise AssertionError("there is at least one attempt")


def _push(repository: Repository, blob: Blob, arrived: Arrived, mount_from: str | None) -> bool:
    digest = blob.descriptor.digest
    if exists(repository, digest):
        return False
    location = _begin(repository, digest, mount_from)
    if location is None:
        return False
    if blob.descriptor.size > _SENT_AT_ONCE:
        location = _send_parts(repository, blob, location, arrived)
        rest: Callable[[], Iterator[bytes]] | bytes = b""
        size = 0
    else:
        size = blob.descriptor.size
        rest = _counted(blob, 0, size, arrived)
    headers = {"content-type": _OCTETS, "content-length": str(size)}
    query = {"digest": digest}
    repository.client.ask(Asked("PUT", location, repository.name, repository.writing, query, headers, rest))
    return True


def _is_whole(partial: Partial, wanted: Descriptor) -> bool:
    return partial.size == wanted.size and partial.digest == wanted.digest


def _receive(repository: Repository, wanted: Descriptor, partial: Partial, arrived: Arrived) -> None:
    """All bytes that are missing; where the connection breaks it is taken up again."""
    patience = repository.client.patience
    if partial.size > wanted.size:
        partial.restart()
    for attempt in range(1, patience.attempts + 1):
        try:
            if partial.size < wanted.size:
                _receive_rest(repository, wanted, partial, arrived)
            return
        except UserError as error:
            if error.code != "registry-unreachable" or attempt == patience.attempts:
                raise
            time.sleep(patience.pause * attempt)


def _receive_rest(repository: Repository, wanted: Descriptor, partial: Partial, arrived: Arrived) -> None:
    with repository.client.open(_asked(repository, wanted, partial.size)) as response:
        if partial.size and response.status_code != httpx.codes.PARTIAL_CONTENT:
            partial.restart()
        for chunk in repository.client.chunks(response, wanted.size):
            if partial.size + len(chunk) > wanted.size:
                partial.discard()
                raise artifact_invalid(_name(repository, wanted), f"more than the {wanted.size} bytes came that it has")
            partial.write(chunk)
            arrived(len(chunk))


def _asked(repository: Repository, wanted: Descriptor, start: int = 0) -> Asked:
    # What refers to a manifest names it as if it were a blob, and registries keep the two apart.
    kind = "manifests" if wanted.media_type == MANIFEST else "blobs"
    path = f"/v2/{repository.name}/{kind}/{wanted.digest}"
    headers = {"range": f"bytes={start}-"} if start else {}
    return Asked("GET", path, repository.name, repository.reading, headers=headers)


def _begin(repository: Repository, digest: str, mount_from: str | None) -> str | None:
    """Where to send a blob; None if it could be mounted from another repository."""
    path = f"/v2/{repository.name}/blobs/uploads/"
    query = {"mount": digest, "from": mount_from} if mount_from else {}
    scope = f"{repository.writing} repository:{mount_from}:pull" if mount_from else repository.writing
    headers = {"content-length": "0"}
    response, _ = repository.client.ask(Asked("POST", path, repository.name, scope, query, headers))
    return None if response.status_code == httpx.codes.CREATED else _location(repository, response)


def _send_parts(repository: Repository, blob: Blob, location: str, arrived: Arrived) -> str:
    """A large blob in parts; what is lost on the way is sent again from where the registry has it."""
    patience = repository.client.patience
    sent = attempts = 0
    while sent < blob.descriptor.size:
        end = min(sent + _SENT_IN_PARTS, blob.descriptor.size)
        headers = {
            "content-type": _OCTETS,
            "content-length": str(end - sent),
            "content-range": f"{sent}-{end - 1}",
        }
        asked = Asked(
            "PATCH",
            location,
            repository.name,
            repository.writing,
            headers=headers,
            content=_counted(blob, sent, end, arrived),
        )
        try:
            response, _ = repository.client.ask(asked)
            sent, attempts = end, 0
            location = _location(repository, response)
        except UserError as error:
            attempts += 1
            if error.code != "registry-unreachable" or attempts == patience.attempts:
                raise
            time.sleep(patience.pause * attempts)
            location, sent = _progress(repository, location)
    return location


def _progress(repository: Repository, location: str) -> tuple[str, int]:
    """Where an upload goes on, and how many bytes the registry has of it."""
    response, _ = repository.client.ask(Asked("GET", location, repository.name, repository.writing))
    last = response.headers.get("range", "0-").removeprefix("bytes=").partition("-")[2]
    return _location(repository, response), int(last) + 1 if last.isdigit() and last != "0" else 0


def _location(repository: Repository, response: httpx.Response) -> str:
    location: str = response.headers.get("location", "")
    if not location:
        raise UserError("registry-failed", f"{repository.client.registry} does not say where to send a blob")
    return str(response.url.join(location))


def _counted(blob: Blob, start: int, end: int, arrived: Arrived) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        for chunk in blob.part(start, end):
            yield chunk
            arrived(len(chunk))

    return chunks


def _read(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size and (chunk := file.read(min(size, _CHUNK_BYTES))):
        size -= len(chunk)
        yield chunk


def _name(repository: Repository, wanted: Descriptor) -> str:
    return f"{repository.client.registry}/{repository.name}, blob {wanted.digest}"
