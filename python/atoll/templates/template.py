"""A template that lies in a folder: `metadata/spin-template.toml`, and what it is made of.

`content` holds the files, `metadata/snippets` what is added to a manifest, `metadata/partials` what files include.
Links are not followed: whoever made the template must not choose which files of this machine are copied.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from atoll.errors import UserError
from atoll.templates.description import Description, Parameter, Use, read

_SUFFIX = ".tmpl"


@dataclass(frozen=True, slots=True)
class Template:
    """One template. `origin` is where it was installed from; those of atoll have none."""

    folder: Path
    description: Description
    origin: str | None = None

    @classmethod
    def load(cls, folder: Path, *, shown: str | None = None, origin: str | None = None) -> "Template":
        """Read a template's description. Raises UserError or Problems with everything that is wrong."""
        return cls(folder, read(folder, shown or str(folder)), origin)

    @property
    def id(self) -> str:
        """What it is chosen by."""
        return self.description.id

    def has_tags(self, tags: tuple[str, ...]) -> bool:
        """Whether all of these are among its tags, in whichever case."""
        return {tag.lower() for tag in tags} <= {tag.lower() for tag in self.description.tags}

    def makes(self, *, component: bool) -> bool:
        """Whether it is made for components of an app that is there, or for new apps."""
        return (self.description.add_component if component else self.description.new_application).supported

    def files(self, skipped: Collection[str], *, vcs: bool) -> Iterator[tuple[str, Path]]:
        """The content's files by the names that they will have, before those are rendered, without the skipped ones.

        The ending `.tmpl` is cut off. Without `vcs` no `.gitignore` is among them.
        """
        content = self.folder / "content"
        for file in regular_files(content):
            source = file.relative_to(content).as_posix()
            name = source.removesuffix(_SUFFIX) if file.suffix == _SUFFIX else source
            if source not in skipped and (vcs or name.rpartition("/")[2] != ".gitignore"):
                yield name, file

    def partials(self) -> dict[str, str]:
        """The texts that files can include, by name. Raises UserError for one that is no text."""
        return {file.name: self.text(file) for file in regular_files(self.folder / "metadata" / "partials")}

    def snippet(self, name: str) -> str:
        """The text of a snippet's file."""
        return self.text(self.folder / "metadata" / "snippets" / name)

    def text(self, file: Path) -> str:
        """A file's text."""
        try:
            return file.read_text("utf-8")
        except UnicodeDecodeError:
            raise UserError("template-broken", f"{self.shown(file)} is not UTF-8") from None

    def shown(self, file: Path) -> str:
        """A file's name in messages."""
        return f"{self.id}/{file.relative_to(self.folder).as_posix()}"


@dataclass(frozen=True, slots=True)
class Part:
    """What of a template takes part in one use of it."""

    parameters: Mapping[str, Parameter]
    skipped: frozenset[str]
    snippets: Mapping[str, str]
    into_root: bool


def part(template: Template, manifest: Mapping[str, Any] | None) -> Part:
    """What takes part for a new app, or, with the data of a manifest, for a component that is added to it.

    Raises UserError `template-unsuitable` if the template is not made for that.
    """
    description = template.description
    if not template.makes(component=manifest is not None):
        makes, other = ("new app", "add") if manifest is None else ("component of an app", "new")
        raise UserError(
            "template-unsuitable", f"the template `{template.id}` makes no {makes}", f"`atoll {other}` can use it"
        )
    use = description.new_application if manifest is None else description.add_component
    return _part(use, description.parameters, manifest or {})


def _part(use: Use, parameters: Mapping[str, Parameter], manifest: Mapping[str, Any]) -> Part:
    true = [one for one in use.conditions.values() if _holds(manifest, one.condition.manifest_entry_exists)]
    left_out = {*use.skip_parameters, *(name for one in true for name in one.skip_parameters)}
    skipped = {name for one in true for name in one.skip_snippets}
    return Part(
        parameters={name: parameter for name, parameter in parameters.items() if name not in left_out},
        skipped=frozenset([*use.skip_files, *(name for one in true for name in one.skip_files)]),
        snippets={name: file for name, file in use.snippets.items() if name not in skipped},
        into_root=use.copy_into == "root",
    )


def _holds(manifest: Any, path: str) -> bool:
    here = manifest
    for key in path.split("."):
        if not isinstance(here, dict) or key not in here:
            return False
        here = here[key]
    return True


def regular_files(folder: Path) -> list[Path]:
    """All files below a folder, in order: no links, and nothing behind one."""
    found = []
    for place, _, names in os.walk(folder):
        files = (Path(place, name) for name in names)
        found += [file for file in files if file.is_file() and not file.is_symlink()]
    return sorted(found)
