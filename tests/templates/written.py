"""Templates that a test writes."""

from collections.abc import Mapping
from pathlib import Path

from atoll.templates import making
from atoll.templates.template import Template, part
from atoll.templates.values import settle

HEAD = 'manifest_version = "1"\nid = "small"\n'
ADDS = '[add_component.snippets]\ncomponent = "component.txt"\n'
APP = """\
spin_manifest_version = 2

[application]
name = "{{project-name | kebab_case}}"

[[trigger.http]]
route = "/..."
component = "{{project-name | kebab_case}}"

[component.{{project-name | kebab_case}}]
source = "app.wasm"
"""
COMPONENT = """\
[[trigger.http]]
route = "/{{project-name | kebab_case}}"
component = "{{project-name | kebab_case}}"

[component.{{project-name | kebab_case}}]
source = "{{output-path}}/app.wasm"
"""


def template(folder: Path, rest: str = "", files: Mapping[str, str | bytes] | None = None) -> Template:
    """A template; `rest` follows the head of its description, `files` are relative to its folder."""
    place = folder / "small"
    described = {"metadata/spin-template.toml": rest if "manifest_version" in rest else HEAD + rest}
    for name, text in {**described, **(files or {})}.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Template.load(place, shown="small")


def made(
    one: Template,
    folder: Path,
    name: str = "my app",
    *,
    values: Mapping[str, str] | None = None,
    vcs: bool = True,
    beside: bool = False,
    overwrite: bool = False,
) -> making.Made:
    """A new app."""
    taking_part = part(one, None)
    settled = settle(one, taking_part, values or {}, None)
    order = making.Order(name=name, folder=folder, values=settled, vcs=vcs, beside=beside, overwrite=overwrite)
    return making.new(one, taking_part, order)


def added(
    one: Template,
    manifest: Path,
    name: str = "api",
    *,
    values: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> making.Made:
    """A component, added to the app of this manifest."""
    from atoll.templates.adding import opened

    taking_part = part(one, opened(manifest).data)
    settled = settle(one, taking_part, values or {}, None)
    order = making.Order(name=name, folder=Path(name), values=settled, overwrite=overwrite)
    return making.add(one, taking_part, order, manifest)
