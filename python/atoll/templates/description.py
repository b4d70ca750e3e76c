"""`metadata/spin-template.toml`: what a template is called, what it asks for, and which of its files it uses when.

It is Spin's own format, read with the manifest's reader: everything that is wrong is told at once, with its place.
"""

import re
from pathlib import Path
from typing import Annotated, Any

import msgspec

from atoll.errors import UserError, raise_all
from atoll.manifest.fields import Choice, Rule
from atoll.manifest.read import INVALID, Reader
from atoll.manifest.toml import Toml

FILE = "metadata/spin-template.toml"
SNIPPETS = ("application_trigger", "component", "variables")


def _identifier(text: str) -> str | None:
    fine = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text)
    return None if fine else "an id has letters, digits, `.`, `_` and `-`, and begins with a letter or digit"


def _snippet(text: str) -> str | None:
    return None if text in SNIPPETS else f"a snippet is one of {', '.join(SNIPPETS)}"


class Parameter(msgspec.Struct, frozen=True):
    """One value that a template asks for."""

    type: Annotated[str, Choice(("string",))]
    prompt: str
    default: str | None = None
    pattern: str | None = None
    allowed_values: list[str] | None = None

    def wrong(self, value: str) -> str | None:
        """What is wrong with a value, or None."""
        if self.pattern is not None and not re.search(self.pattern, value):
            return f"`{value}` does not match the pattern `{self.pattern}`"
        if self.allowed_values is not None and value not in self.allowed_values:
            return f"`{value}` is none of {', '.join(f'`{allowed}`' for allowed in self.allowed_values)}"
        return None


class Condition(msgspec.Struct, frozen=True):
    """When something is left out: when the manifest has an entry at this dotted path."""

    manifest_entry_exists: str


class Conditional(msgspec.Struct, frozen=True):
    """What is left out under a condition."""

    condition: Condition
    skip_files: list[str] = []
    skip_parameters: list[str] = []
    skip_snippets: list[str] = []


class Use(msgspec.Struct, frozen=True):
    """How a template is used for a new app, or for a component of one that is there."""

    supported: bool = True
    copy_into: Annotated[str, Choice(("root", "own"))] = "own"
    skip_files: list[str] = []
    skip_parameters: list[str] = []
    snippets: dict[Annotated[str, Rule(_snippet)], str] = {}
    conditions: dict[str, Conditional] = {}


class Output(msgspec.Struct, frozen=True):
    """Something that is made beside the files: a folder."""

    action: Annotated[str, Choice(("create_dir",))]
    path: str
    at: Annotated[str, Choice(("component", "manifest"))] = "component"


class Description(msgspec.Struct, frozen=True):
    """The whole file. A trigger's type is read by nobody any more, Spin included."""

    manifest_version: Annotated[str, Choice(("1",))]
    id: Annotated[str, Rule(_identifier)]
    description: str = ""
    tags: list[str] = []
    trigger_type: Any = None
    new_application: Use = Use()
    add_component: Use = Use(supported=False)
    parameters: dict[str, Parameter] = {}
    custom_filters: Any = None
    outputs: dict[str, Output] = {}


def read(folder: Path, shown: str) -> Description:
    """The description of the template in a folder; `shown` is the folder's name in messages.

    Raises UserError or Problems.
    """
    try:
        toml = Toml.from_file(folder / FILE, f"{shown}/{FILE}")
    except OSError as error:
        raise UserError(
            "template-broken",
            f"{shown} is no template: its {FILE} cannot be read ({(error.strerror or '').lower()})",
            "name a folder that holds templates, or a folder `templates` of them",
        ) from None
    reader = Reader(toml)
    description = reader.read(Description, toml.data, ())
    if description is not INVALID:
        _check(description, folder, reader)
    raise_all(reader.problems)
    assert isinstance(description, Description)
    return description


def _check(description: Description, folder: Path, reader: Reader) -> None:
    if description.custom_filters is not None:
        reader.note("template-broken", "filters of a template's own are code, and none of it runs", ("custom_filters",))
    for name in description.new_application.snippets:
        reader.note(
            "template-broken",
            "a new app has no manifest yet that a snippet could be put into",
            ("new_application", "snippets", name),
        )
    there = {file.name for file in (folder / "metadata" / "snippets").glob("*") if file.is_file()}
    for name, file in description.add_component.snippets.items():
        if file not in there:
            reader.note(
                "template-broken",
                f"there is no file `metadata/snippets/{file}`",
                ("add_component", "snippets", name),
            )
    for name, parameter in description.parameters.items():
        try:
            re.compile(parameter.pattern or "")
        except re.error as error:
            reader.note("template-broken", f"the pattern is none: {error}", ("parameters", name, "pattern"))
