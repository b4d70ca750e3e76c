"""From an app to its bill of materials."""

import hashlib
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packageurl import PackageURL

from atoll.app import App
from atoll.host.symbols import path_of
from atoll.lock import LockSettings
from atoll.manifest.model import Component, RegistrySource, UrlSource
from atoll.packages.sbom import inside
from atoll.packages.sbom.bill import Bill, Material
from atoll.packages.sbom.locks.finding import lock_files, packages_of


def bill_of(app: App) -> Bill:
    """The bill of materials of an app. Fetches what its manifest names.

    Raises UserError or Problems for sources that are not there, and for lock files that cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
        locked = app.lock(LockSettings(working_directory=Path(folder)))
        return _Gathering(app, locked).bill


_WORD = re.compile(r"[^\w.-]+")


class _Gathering:
    def __init__(self, app: App, locked: Mapping[str, Any]) -> None:
        self.app = app
        self.bill = Bill()
        self._names_crates: dict[str, bool] = {}
        application = app.manifest.application
        purl = PackageURL("generic", None, app.name, application.version or None).to_string()
        self.root = self.bill.add(
            Material(
                ref=purl,
                kind="application",
                name=app.name,
                version=application.version,
                purl=purl,
                description=application.description,
            )
        )
        # Components of the app have their own names, whoever depends on them.
        refs = [self._component(component) for component in locked["components"]]
        for component, ref in zip(locked["components"], refs, strict=True):
            self._dependencies(component, ref)

    def _component(self, component: Mapping[str, Any]) -> str:
        name = component["id"]
        described = self.app.manifest.component.get(name)
        ref = self._file(name, component["source"]["source"], self.root, described)
        if described is not None and described.build is not None:
            self._locks(self.app.base / (described.build.workdir or ""), ref)
        return ref

    def _dependencies(self, owner: Mapping[str, Any], ref: str) -> None:
        for name, one in owner.get("dependencies", {}).items():
            inner = self._file(name, one["source"]["source"], ref)
            self._dependencies(one, inner)
        for many in owner.get("trigger_dependencies", {}).values():
            for number, one in enumerate(many, 1):
                inner = self._file(f"middleware-{number}", one["source"]["source"], ref)
                self._dependencies(one, inner)

    def _file(self, name: str, source: str, within: str, described: Component | None = None) -> str:
        """A wasm file; its reference. Files of the same bytes are one."""
        file = path_of(source)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        ref = f"wasm:sha256:{digest}"
        if ref not in self.bill.materials:
            made = Material(
                ref=ref,
                kind="component",
                name=name,
                version=self.app.manifest.application.version if described is not None else "",
                purl=PackageURL(
                    "generic", None, _WORD.sub("-", name), None, {"checksum": f"sha256:{digest}"}
                ).to_string(),
                hashes={"SHA-256": digest},
                facts=(*_origin(described), *inside.facts(file)),
                description=described.description if described is not None else "",
            )
            self.bill.add(made)
            self._names_crates[ref] = inside.look(file, ref, self.bill)
        return self.bill.add(self.bill.materials[ref], within)

    def _locks(self, folder: Path, ref: str) -> None:
        """What the languages' own lock files name. Of a file that names its crates they are known better."""
        for file, read in lock_files(folder, self.app.base):
            if file.name == "Cargo.lock" and self._names_crates[ref]:
                continue
            packages = packages_of(file, read)
            for material in packages.materials:
                self.bill.add(material)
            for owner, needed in packages.needs.items():
                self.bill.made_of[owner] |= needed - {owner}
            # What nothing else needs is needed by the component, whether its project names it or not.
            needed_by_others = {one for many in packages.needs.values() for one in many}
            alone = {one.ref for one in packages.materials} - needed_by_others
            self.bill.made_of[ref] |= packages.direct | alone


def _origin(described: Component | None) -> tuple[tuple[str, str], ...]:
    """Where a component comes from that was not built here."""
    source = None if described is None else described.source
    if isinstance(source, RegistrySource):
        return (("wasm:package", f"{source.package}@{source.version}"),)
    return (("wasm:url", source.url),) if isinstance(source, UrlSource) else ()
