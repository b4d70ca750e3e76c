"""Brings what a registry holds onto this machine: an app as a folder with a manifest, a component as a wasm file."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from atoll.cache import used
from atoll.packages.oci import archives, images, locked, media
from atoll.packages.oci.folder import MANIFEST, Origin, new_folder
from atoll.packages.oci.images import Image
from atoll.packages.oci.locked import Component, LockedApp, Source, Trigger
from atoll.packages.oci.transfer import Watcher, each
from atoll.packages.oci.unlocked import Unlocked, dependencies
from atoll.registry import blobs
from atoll.registry.client import Client
from atoll.registry.documents import MAX_TOTAL_BYTES, Descriptor, Manifest, artifact_invalid
from atoll.registry.packages import wasm_layer
from atoll.registry.reference import Reference
from atoll.registry.repository import Repository, selected
from atoll.registry.store import Store
from atoll.registry.trust.enforcing import enforce
from atoll.registry.trust.policy import Policy

_MAX_CONFIG_BYTES = 4 << 20
_EVERY_PATH = "/..."


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was pulled: the manifest or wasm file, and the reference with the digest that it had."""

    path: Path
    reference: Reference

    @property
    def is_app(self) -> bool:
        """Whether it is an app, and not a single wasm file."""
        return self.path.name == MANIFEST


class Puller:
    """Pulls from one registry into one store, as far as the policy lets it."""

    def __init__(self, client: Client, store: Store, watcher: Watcher, policy: Policy) -> None:
        self._client = client
        self._store = store
        self._watcher = watcher
        self._policy = policy

    def pull(self, reference: Reference) -> Pulled:
        """Bring an artifact here, as far as it is not.

        Raises UserError `artifact-*`, `registry-*`, `policy-denied`, `download-failed`.
        """
        repository = Repository(self._client, reference.repository)
        kept = self._kept(reference)
        if kept is not None:
            enforce(self._policy, reference, self._store, lambda: repository)
            return kept
        found = selected(repository, reference.version)
        fetched, manifest = found.fetched, found.manifest
        enforce(self._policy, reference.at(found.named.digest), self._store, lambda: repository)
        exact = reference.at(fetched.digest)
        final = self._folder(fetched.digest)
        used(final / MANIFEST)
        if not (final / MANIFEST).is_file():
            if _is_package(manifest):
                layer = wasm_layer(manifest, str(exact))
                self._watcher.expect(layer.size)
                return Pulled(self._layer(repository, layer), exact)
            with new_folder(final, self._store, str(exact)) as folder:
                app = self._app(repository, manifest, str(exact))
                names = {digest: f"wasm/{digest[7:19]}.wasm" for digest in _wasms(app)}
                for digest, name in names.items():
                    folder.wasm(digest, name)
                for component in app.components:
                    if component.files:
                        folder.files(component.id, component.files)
                content = Unlocked(app, names, str(exact)).manifest()
                folder.manifest(content, Origin(str(reference), fetched.digest))
        return Pulled(final / MANIFEST, exact)

    def _folder(self, digest: str) -> Path:
        return self._store.apps / digest.replace(":", "-")

    def _kept(self, reference: Reference) -> Pulled | None:
        """An app that is here by its digest, for which nobody has to be asked."""
        path = self._folder(reference.digest or "none") / MANIFEST
        used(path)
        return Pulled(path, reference) if path.is_file() else None

    def _app(self, repository: Repository, manifest: Manifest, name: str) -> LockedApp:
        described = _application(manifest)
        if described is None:
            return self._image(repository, manifest, name)
        app = locked.read(blobs.content(repository, described, locked.MAX_BYTES), name)
        layers = [one for one in manifest.layers if one.digest != described.digest]
        self._watcher.expect(sum(one.size for one in layers))
        paths = each(self._client, layers, partial(self._layer, repository))
        archived = [
            path for path, layer in zip(paths, layers, strict=True) if media.TARS.get(layer.media_type) == "gzip"
        ]
        self._unpack(archived, app, name)
        return app

    def _unpack(self, archived: list[Path], app: LockedApp, name: str) -> None:
        """Files that share a layer become blobs of their own; those that the app does not name are dropped."""
        named = {file.digest for component in app.components for file in component.files}
        left = MAX_TOTAL_BYTES
        for path in archived:
            with archives.opened(path, "gzip", name=name, most=left) as archive:
                for member in archives.members(archive):
                    if member.isfile():
                        left -= member.size
                        archives.keep(archive, member, self._store.data, named)

    def _image(self, repository: Repository, manifest: Manifest, name: str) -> LockedApp:
        """A container image as an app of one component that answers every path."""
        config = blobs.content(repository, manifest.config, _MAX_CONFIG_BYTES)
        entrypoint, environment = images.command(config, name)
        self._watcher.expect(sum(one.size for one in manifest.layers))
        paths = each(self._client, manifest.layers, partial(self._layer, repository))
        image = Image(name)
        for path, layer in zip(paths, manifest.layers, strict=True):
            image.add(path, layer, self._store.data)
        digest = image.find(entrypoint)
        if digest is None:
            raise artifact_invalid(name, f'its layers do not hold "{entrypoint}", which it starts')
        component = Component(id="main", source=Source(digest=digest), env=environment, files=image.placed(entrypoint))
        trigger = Trigger(
            id="main-http-trigger", trigger_type="http", trigger_config={"component": "main", "route": _EVERY_PATH}
        )
        title = name.partition("@")[0].rpartition("/")[2].partition(":")[0]
        return LockedApp(spin_lock_version=0, metadata={"name": title}, triggers=[trigger], components=[component])

    def _layer(self, repository: Repository, layer: Descriptor) -> Path:
        is_wasm = layer.media_type in media.WASMS
        return blobs.fetch(repository, layer, self._store, wasm=is_wasm, arrived=self._watcher.arrived)


def _is_package(manifest: Manifest) -> bool:
    """Whether it is a single wasm file, by its configuration or by its only layer."""
    if _application(manifest) is not None:
        return False
    if manifest.config.media_type == media.WASM_CONFIG:
        return True
    return len(manifest.layers) == 1 and manifest.layers[0].media_type in media.WASMS


def _application(manifest: Manifest) -> Descriptor | None:
    """The locked app: a layer of its own, or the configuration of artifacts that are older."""
    both = [*manifest.layers, manifest.config]
    return next((one for one in both if one.media_type == media.SPIN_APP), None)


def _wasms(app: LockedApp) -> list[str]:
    sources = [component.source for component in app.components] + [one.source for one in dependencies(app)]
    return list(dict.fromkeys(source.digest for source in sources if source.digest))
