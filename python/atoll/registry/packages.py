"""Packages of registries: `namespace:name` in a version that will do, as a wasm file of this machine.

A package is an artifact of the CNCF's layout: one layer of `application/wasm`. Its versions are the tags that are
semantic versions.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from atoll.errors import UserError
from atoll.manifest.versions import Requirement, Version
from atoll.registry import blobs
from atoll.registry.config import Config
from atoll.registry.documents import Descriptor, Manifest, artifact_invalid, decode_manifest
from atoll.registry.reference import Reference
from atoll.registry.repository import Repository, selected
from atoll.registry.store import Store
from atoll.registry.trust.enforcing import enforce
from atoll.registry.trust.policy import Policy

WASM_LAYERS = ("application/wasm", "application/vnd.wasm.content.layer.v1+wasm")

_WORDS = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_NAME = re.compile(rf"{_WORDS}:{_WORDS}(?:/{_WORDS})*")


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a package: where it lies, and the digests of its wasm file and of the manifest that names it."""

    package: str
    version: str
    registry: str
    repository: str
    digest: str
    manifest: str

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}:{tag_of(self.version)}"


class Packages:
    """Finds packages and fetches them into a store, as far as the policy lets it.

    Without `well_known`, only registries are asked that were named or configured.
    """

    def __init__(self, store: Store, policy: Policy, *, well_known: bool = True) -> None:
        self._store = store
        self._policy = policy
        self._well_known = well_known
        self._config: Config | None = None

    def find(self, package: str, requirement: Requirement, registry: str | None = None) -> Release:
        """The newest version that will do.

        Raises UserError: `package-invalid`, `registry-unknown`, `registry-*`, `artifact-missing` with the versions
        that there are, `artifact-invalid` for one that is not a wasm file.
        """
        if not _NAME.fullmatch(package):
            raise UserError("package-invalid", f'"{package}" is not the name of a package', "write `namespace:name`")
        place = self._configured().place(package, registry, well_known=self._well_known)
        with self._configured().client(place.registry) as client:
            repository = Repository(client, place.repository)
            version = requirement.exact or self._newest(repository, package, requirement)
            found = selected(repository, tag_of(str(version)))
        layer = wasm_layer(found.manifest, f"{package}@{version}")
        return Release(package, str(version), place.registry, place.repository, layer.digest, found.fetched.digest)

    def fetch(self, release: Release) -> Path:
        """Its wasm file. Raises UserError as `find` does, `policy-denied`, `digest-mismatch`, `download-failed`."""
        kept = self._store.find(release.digest)
        if kept is not None and self._policy.file is None:
            return kept
        reference = Reference(release.registry, release.repository, tag_of(release.version), release.manifest)
        with self._configured().client(release.registry) as client:
            repository = Repository(client, release.repository)
            enforce(self._policy, reference, self._store, lambda: repository)
            layer = wasm_layer(self._manifest(repository, release), f"{release.package}@{release.version}")
            if layer.digest != release.digest:
                raise UserError(
                    "digest-mismatch",
                    f"{release} was locked to {release.digest}, and what it was locked with holds {layer.digest}",
                    "restore atoll.lock, or remove the entry to lock anew",
                )
            return blobs.fetch(repository, layer, self._store, wasm=True, arrived=blobs.unwatched)

    def _manifest(self, repository: Repository, release: Release) -> Manifest:
        """The manifest by its digest, whatever the tag means by now: from the store, or else from the registry."""
        path = self._store.find(release.manifest)
        if path is None:
            path = self._store.keep(release.manifest, repository.manifest(release.manifest).content)
        return decode_manifest(path.read_bytes(), str(release))

    def _newest(self, repository: Repository, package: str, requirement: Requirement) -> Version:
        versions = sorted(found for tag in repository.tags() if (found := _version(tag)) is not None)
        best = requirement.best(versions)
        if best is None:
            there = ", ".join(map(str, versions[-10:])) or "none at all"
            raise UserError(
                "artifact-missing",
                f"`{package}` has no version that fits {requirement.text}; there are {there}",
                "write a requirement that one of them fits",
            )
        return best

    def _configured(self) -> Config:
        if self._config is None:
            self._config = Config.load()
        return self._config


def wasm_layer(manifest: Manifest, name: str) -> Descriptor:
    """The only layer of a package. Raises UserError `artifact-invalid` if it is not one wasm file."""
    if len(manifest.layers) != 1:
        raise artifact_invalid(name, f"a package has one layer, and this artifact has {len(manifest.layers)}")
    if manifest.layers[0].media_type not in WASM_LAYERS:
        raise artifact_invalid(name, f"its layer is {manifest.layers[0].media_type}, which is not a wasm file")
    return manifest.layers[0]


def tag_of(version: str) -> str:
    """A version as a tag: registries do not allow `+` in these."""
    return version.replace("+", "_")


def _version(tag: str) -> Version | None:
    try:
        return Version.parse(tag.replace("_", "+"))
    except ValueError:
        return None
