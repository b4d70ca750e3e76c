"""`atoll build`: run the build commands of an app. Flags of `spin build` keep their names."""

from pathlib import Path
from typing import Any

import click

from atoll.cli.nearest import with_manifest


@click.command("build", context_settings={"ignore_unknown_options": True})
@with_manifest()
@click.option("-c", "--component-id", metavar="ID", multiple=True, help="Build only this component; may be repeated.")
@click.option("--profile", help="Use this build profile.")
@click.option("--force", is_flag=True, help="Build what is current, too.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Builds at a time; by default one a core.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["plain", "json"]),
    default="plain",
    show_default=True,
    help="Form of what is said of each component: for people, or a line of JSON each, on standard output.",
)
@click.option("--json", "form", flag_value="json", help="The same as `--format json`.")
@click.option("-u", "--up", is_flag=True, help="Serve the app afterwards; all further arguments are for `atoll up`.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(source: str | None, profile: str | None, arguments: tuple[str, ...], **options: Any) -> None:
    """Build the components of an app: side by side, each after those that it needs.

    A component whose sources (`watch`), command and tools are those of its last build is left as it is.

    \b
    atoll build                      # all of them
    atoll build -c api --up          # one of them, then serve
    """
    from atoll.app import App
    from atoll.build import Way
    from atoll.cli.building import build
    from atoll.errors.meant import near

    if arguments and not options["up"]:
        context = click.get_current_context()
        if near(arguments[0], (name for each in context.command.params for name in each.opts)):
            raise click.NoSuchOption(arguments[0], ctx=context)
        raise click.UsageError(f"unexpected argument {arguments[0]!r}; what follows `--up` is for `atoll up`")
    app = App.load(source, profile=profile)
    way = Way(jobs=options["jobs"], force=options["force"])
    build(app, options["component_id"], way, as_json=options["form"] == "json")
    if options["up"]:
        _serve(app.file, profile, arguments)


def _serve(manifest: Path, profile: str | None, arguments: tuple[str, ...]) -> None:
    from atoll.cli.up import command as serve

    chosen = ("--profile", profile) if profile else ()
    failures = click.get_current_context().obj
    serve.main(["-f", str(manifest), *chosen, *arguments], "atoll up", standalone_mode=False, obj=failures)
