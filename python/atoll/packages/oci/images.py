"""Container images whose entrypoint is a wasm file: their layers laid over each other, without writing a path.

What counts is the last layer that says something of a path; files that are gone in a later one are gone (whiteouts).
"""

import posixpath
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from atoll.packages.oci import archives, media
from atoll.packages.oci.locked import File
from atoll.registry.documents import MAX_TOTAL_BYTES, Descriptor, artifact_invalid

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_MAX_LINKS = 16  # of one path
_MAX_ALL_LINKS = 10_000


class Run(Struct, rename="pascal"):
    """How a container is started."""

    entrypoint: list[str] | None = None
    cmd: list[str] | None = None
    env: list[str] | None = None


class ImageConfig(Struct):
    """The configuration of an image."""

    config: Run = msgspec.field(default_factory=Run)


@dataclass(slots=True)
class Image:
    """The files of an image by path, each by its digest, and its links."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    bytes: int = 0

    def add(self, layer: Path, described: Descriptor, data: Path) -> None:
        """Lay a layer over those before it; its files go into the folder `data`.

        Raises UserError `artifact-invalid` for a layer that is none, or holds too much.
        """
        packing = media.TARS.get(described.media_type)
        if packing is None:
            known = "tar, tar+gzip and tar+zstd"
            raise artifact_invalid(self.name, f"a layer is {described.media_type}; {known} are understood")
        added: set[str] = set()
        with archives.opened(layer, packing, name=self.name) as archive:
            for member in archives.members(archive):
                self._count(member.size)
                path = _normal(member.name)
                folder, base = posixpath.split(path)
                if base == _OPAQUE:
                    self._remove(folder, keep=added)
                elif base.startswith(_WHITEOUT):
                    self._remove(posixpath.join(folder, base.removeprefix(_WHITEOUT)), keep=added)
                elif member.isfile():
                    self._put(path, archives.keep(archive, member, data))
                elif member.issym():
                    self._link(path, posixpath.join(folder, member.linkname))
                elif member.islnk() and (digest := self.files.get(_normal(member.linkname))):
                    self._put(path, digest)
                added.add(path)

    def find(self, path: str) -> str | None:
        """The digest of the file at a path, links followed inside the image only."""
        return self.files.get(self._followed(_normal(path)))

    def placed(self, entrypoint: str) -> list[File]:
        """All files that a guest shall find, links as copies; without the entrypoint itself."""
        own = self._followed(_normal(entrypoint))
        linked = {link: self.files.get(self._followed(link)) for link in self.links}
        both = {path: digest for path, digest in (self.files | linked).items() if digest and path != own}
        return [File(path=path, digest=digest) for path, digest in sorted(both.items()) if self._followed(path) != own]

    def _count(self, size: int) -> None:
        self.bytes += size
        if self.bytes > MAX_TOTAL_BYTES or len(self.files) > archives.MAX_MEMBERS or len(self.links) > _MAX_ALL_LINKS:
            raise artifact_invalid(
                self.name,
                f"its layers hold more than {MAX_TOTAL_BYTES} bytes, {archives.MAX_MEMBERS} files or "
                f"{_MAX_ALL_LINKS} links",
            )

    def _put(self, path: str, digest: str) -> None:
        self.links.pop(path, None)
        self.files[path] = digest

    def _link(self, path: str, target: str) -> None:
        self.files.pop(path, None)
        self.links[path] = _normal(target)

    def _remove(self, path: str, keep: set[str]) -> None:
        below = f"{path}/" if path else ""
        for known in (self.files, self.links):
            for one in [one for one in known if (one == path or one.startswith(below)) and one not in keep]:
                del known[one]

    def _followed(self, path: str) -> str:
        """Where a path leads through links: of the last part, or of a folder before it."""
        for _ in range(_MAX_LINKS):
            parts = path.split("/")
            heads = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
            link = next((head for head in heads if head in self.links), None)
            if link is None:
                return path
            path = _normal(posixpath.join(self.links[link], path[len(link) + 1 :]))
        return path


def command(config: bytes, name: str) -> tuple[str, dict[str, str]]:
    """The wasm file that an image starts, and its environment.

    Raises UserError `artifact-invalid` for an image that starts none.
    """
    try:
        run = msgspec.json.decode(config, type=ImageConfig).config
    except (msgspec.MsgspecError, RecursionError) as error:
        raise artifact_invalid(name, f"its configuration cannot be read: {error}") from None
    words = [*(run.entrypoint or []), *(run.cmd or [])]
    if not words or not words[0].endswith((".wasm", ".wat")):
        shown = words[0] if words else "nothing"
        raise artifact_invalid(name, f'it is a container image that starts "{shown}", which is not a wasm file')
    env = dict(one.partition("=")[::2] for one in run.env or [])
    return words[0], {key: value for key, value in env.items() if key != "PATH"}


def _normal(path: str) -> str:
    """A path from the image's root; one that leads out of it ends there."""
    return posixpath.normpath("/" + path).lstrip("/")
