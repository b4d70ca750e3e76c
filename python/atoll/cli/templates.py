"""`atoll templates`: those that there are, and those of others, which are installed into a folder of the user's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.errors import AtollError, UserError, raise_all, visible

if TYPE_CHECKING:
    from atoll.templates.template import Template


@click.group("templates")
def command() -> None:
    """List, install and remove templates of apps and components. Spin's templates can be installed.

    \b
    atoll templates list
    """


@command.command("list")
@click.option("--tag", "tags", metavar="TAG", multiple=True, help="Only those with this tag; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("-v", "--verbose", is_flag=True, help="Show tags, and where each was installed from.")
def listing(tags: tuple[str, ...], as_json: bool, verbose: bool) -> None:
    """List all templates: those that come with atoll, and those that were installed.

    \b
    atoll templates list
    atoll templates list --tag http --json
    """
    from atoll.templates import store

    found, problems = store.known()
    found = [one for one in found if one.has_tags(tags)]
    if as_json:
        click.echo(json.dumps([_record(one) for one in found], indent=2))
    else:
        _table(found, verbose=verbose)
    raise_all(problems)


@command.command("install")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="A folder with a template, or with a folder of them."
)
@click.option("--tar", "archive", metavar="FILE", type=click.Path(path_type=Path), help="A tar archive of that.")
@click.option("--git", "url", metavar="URL", help="A git repository; the program `git` fetches it.")
@click.option("--branch", metavar="NAME", help="Branch or tag of the repository.")
def installing(folder: Path | None, archive: Path | None, url: str | None, branch: str | None) -> None:
    """Install templates, in place of those with their ids.

    \b
    atoll templates install --git https://example.com/templates.git
    atoll templates install --dir .          # the template that you write
    """
    from atoll.templates import sources, store
    from atoll.templates.template import Template

    if (folder, archive, url).count(None) != 2:
        raise click.UsageError("name one source: --dir, --tar or --git")
    if branch is not None and url is None:
        raise click.UsageError("--branch goes with --git")
    problems: list[AtollError] = []
    with _folder(folder, archive, url, branch) as place:
        shown = str(folder or archive or url)
        for one in sources.template_folders(place, shown):
            try:
                template = Template.load(one, shown=f"{shown}/{one.relative_to(place)}" if one != place else shown)
                store.install(template, str(folder.absolute()) if folder is not None else shown)
            except AtollError as error:
                problems.append(error)
            else:
                click.echo(f"{template.id}  {visible(template.description.description)}")
    raise_all(problems)


@command.command("remove")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
def removing(names: tuple[str, ...]) -> None:
    """Remove templates that were installed. Those that come with atoll stay.

    \b
    atoll templates remove http-grain
    """
    from atoll.templates import store

    for name in names:
        store.remove(name)


@contextmanager
def _folder(folder: Path | None, archive: Path | None, url: str | None, branch: str | None) -> Iterator[Path]:
    from atoll.templates import sources

    if archive is not None:
        with sources.unpacked(archive) as place:
            yield place
    elif url is not None:
        with sources.cloned(url, branch) as place:
            yield place
    elif folder is not None:
        if not folder.is_dir():
            raise UserError("template-source-invalid", f"there is no folder {folder}")
        yield folder


def _table(found: "list[Template]", *, verbose: bool) -> None:
    width = max((len(one.id) for one in found), default=0)
    for one in found:
        click.echo(f"{click.style(one.id.ljust(width), bold=True)}  {visible(one.description.description)}")
        if verbose:
            tags = ", ".join(one.description.tags) or "no tags"
            origin = f"from {one.origin}" if one.origin else "comes with atoll"
            click.echo(visible(f"{'':{width}}  {tags}; {origin}"))


def _record(one: "Template") -> dict[str, Any]:
    description = one.description
    return {
        "id": one.id,
        "description": description.description,
        "tags": description.tags,
        "new": description.new_application.supported,
        "add": description.add_component.supported,
        "installed_from": one.origin,
        "parameters": {
            name: {"prompt": parameter.prompt, "default": parameter.default, "allowed_values": parameter.allowed_values}
            for name, parameter in description.parameters.items()
        },
    }
