"""Apps and components made of templates: everything is rendered and checked first, then written all at once.

Files land below the folder that was named, and over nothing that is there unless that was asked for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from atoll.errors import UserError
from atoll.manifest.toml import Toml
from atoll.templates.adding import added, check, opened, routes
from atoll.templates.authors import authors
from atoll.templates.rendering import Renderer
from atoll.templates.template import Part, Template
from atoll.templates.writing import refuse_existing, write

MANIFEST = "spin.toml"
_FOLLOWING = "following.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: a name, the folder for it, and the values of the template's parameters.

    A folder that holds something is refused, unless the new files may stand `beside` it. `overwrite` allows both that
    and to replace files. Without `vcs` there is no `.gitignore`.
    """

    name: str
    folder: Path
    values: Mapping[str, str]
    vcs: bool = True
    beside: bool = False
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What was made: files, the app's manifest if it has one, a route that is answered, and what the template says to
    do next.
    """

    files: tuple[Path, ...]
    manifest: Path | None
    route: str | None
    following: str | None


def new(template: Template, part: Part, order: Order) -> Made:
    """Make a new app. Raises UserError or Problems, and then nothing was written."""
    making = _Making(template, part, order, order.folder)
    files = making.files()
    manifest = order.folder / MANIFEST
    toml = Toml.from_bytes(files[manifest], str(manifest)) if manifest in files else None
    if toml is not None:
        check(toml)
    made = Made(tuple(files), manifest if toml else None, _first_route(toml), making.following())
    write(files, making.folders(order.folder))
    return made


def add(template: Template, part: Part, order: Order, manifest: Path) -> Made:
    """Put a component into the app of this manifest; `order.folder` is relative to the app's.

    Raises UserError or Problems, and then nothing was written.
    """
    app = manifest.parent
    making = _Making(template, part, order, app if part.into_root else app / order.folder)
    files = making.files()
    if manifest in files:
        raise UserError(
            "template-broken",
            f"the template `{template.id}` would replace the app's manifest",
            'name it in `skip_files` of the template: skip_files = ["spin.toml"]',
        )
    snippets = making.snippets()
    text = added(opened(manifest), snippets, overwrite=order.overwrite)
    files[manifest] = text.replace("\n", "\r\n" if b"\r\n" in manifest.read_bytes() else "\n").encode()
    made = Made(tuple(files), manifest, _first_route(snippets.get("component")), making.following())
    write(files, making.folders(app))
    return made


def _first_route(toml: Toml | None) -> str | None:
    return next((route for route, _ in routes(toml.data)), None) if toml else None


class _Making:
    """One use of a template: what it renders, for a folder."""

    def __init__(self, template: Template, part: Part, order: Order, target: Path) -> None:
        self._template = template
        self._part = part
        self._order = order
        self._target = target
        own = {"project-name": order.name, "output-path": order.folder.as_posix()}
        self._renderer = Renderer({**authors(), **own, **order.values}, template.partials())

    def files(self) -> dict[Path, bytes]:
        """The content's files. Raises UserError where they would hide what is there."""
        rendered = dict(self._rendered())
        if not self._order.overwrite:
            if not self._order.beside and not self._part.into_root:
                self._refuse_inhabited()
            refuse_existing(rendered, self._target)
        return rendered

    def folders(self, root: Path) -> list[Path]:
        """The folders that the template makes; `root` is that of the manifest."""
        bases = {"component": self._target, "manifest": root}
        outputs = self._template.description.outputs
        return [bases[output.at] / self._inside(output.path) for output in outputs.values()]

    def snippets(self) -> dict[str, Toml]:
        """What is added to a manifest."""
        return {name: self._snippet(file) for name, file in self._part.snippets.items()}

    def following(self) -> str | None:
        """What the template says to do next."""
        file = self._template.folder / "metadata" / _FOLLOWING
        if not file.is_file():
            return None
        return self._renderer.text(self._template.text(file), self._template.shown(file))

    def _snippet(self, name: str) -> Toml:
        shown = f"{self._template.id}/metadata/snippets/{name}"
        return Toml(self._renderer.text(self._template.snippet(name), shown), shown)

    def _rendered(self) -> Iterator[tuple[Path, bytes]]:
        seen = set[Path]()
        for name, source in self._template.files(self._part.skipped, vcs=self._order.vcs):
            path = self._target / self._inside(name)
            if path in seen:
                raise UserError("template-broken", f"the template `{self._template.id}` makes {path} twice")
            seen.add(path)
            yield path, self._renderer.content(source.read_bytes(), self._template.shown(source))

    def _inside(self, name: str) -> PurePosixPath:
        """A rendered path that stays below its folder: a value must not lead elsewhere. Raises UserError."""
        path = PurePosixPath(self._renderer.path(name))
        if path.is_absolute() or not path.parts or ".." in path.parts or "\0" in str(path):
            raise UserError("template-broken", f"the template `{self._template.id}` makes no good path: `{path}`")
        return path

    def _refuse_inhabited(self) -> None:
        if self._target.is_dir() and any(self._target.iterdir()):
            raise UserError(
                "file-exists",
                f"the folder {self._target} holds something already",
                "choose another name, or another folder with -o; --init writes into the folder where you are",
            )
