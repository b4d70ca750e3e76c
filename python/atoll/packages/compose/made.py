"""A composition, from whatever describes it."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from atoll import host
from atoll.app import App
from atoll.errors import UserError
from atoll.host.composing import parts_of
from atoll.host.composing.locked import has_dependencies
from atoll.host.composing.plan import Part
from atoll.lock import LockSettings
from atoll.manifest.check import unknown_component
from atoll.packages.compose.plug import plugged
from atoll.packages.compose.script import scripted


@dataclass(frozen=True, slots=True)
class Made:
    """The parts, and the component that they make where that is known already."""

    parts: list[Part]
    wasm: bytes | None = None

    def write(self, file: Path) -> None:
        """Write the component. Raises UserError `composition-invalid`, or `file-unwritable`."""
        try:
            if self.wasm is not None:
                file.write_bytes(self.wasm)
                return
            with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
                shutil.copyfile(host.composed(self.parts, Path(folder)), file)
        except OSError as error:
            raise UserError(
                "output-unwritable", f"`{file}` cannot be written: {error.strerror}", "name another file"
            ) from None


def of_app(source: str | None, component_id: str | None, profile: str | None) -> Made:
    """A component of an app with its dependencies. Raises UserError or Problems for what is wrong with the app."""
    app = App.load(source, profile=profile)
    if component_id is not None and component_id not in app.manifest.component:
        raise unknown_component(component_id, app.manifest)
    with tempfile.TemporaryDirectory(prefix="atoll-") as folder:
        locked = app.lock(LockSettings(working_directory=Path(folder)))
    composed = [one for one in locked["components"] if has_dependencies(one)]
    chosen = [one for one in locked["components"] if one["id"] == component_id] or composed
    if len(chosen) != 1:
        names = ", ".join(f"`{one['id']}`" for one in composed)
        raise UserError(
            "component-unknown",
            f"{len(composed) or 'no'} components of `{app.name}` have dependencies",
            f"name one of these with -c: {names}" if composed else "give one some in its `dependencies`",
        )
    return Made(parts_of(locked, chosen[0], app.locate))


def of_plugs(root: Path, plugs: Sequence[Path]) -> Made:
    """A component whose imports others answer. Raises UserError where one answers nothing."""
    return Made(plugged(root, plugs))


def of_script(file: Path, folder: Path, packages: Mapping[str, Path]) -> Made:
    """What a WAC script describes. Raises UserError with the place in the script."""
    wasm, parts = scripted(file, folder, packages)
    return Made(parts, wasm)
