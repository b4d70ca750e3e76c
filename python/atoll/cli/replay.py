"""`atoll replay`: run a recorded request again, as it was, and see where it goes another way."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atoll.cli.values import TIME
from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.host.replay import Call


@click.command("replay")
@click.argument("recording", type=click.Path())
@click.option("--component", metavar="WASM", help="Run it in this component, such as one that was built anew.")
@click.option(
    "--step", is_flag=True, help="Show each host call with its results and the guest's stack; wait for Enter."
)
@click.option("--patience", type=TIME, default="10s", show_default=True, help="How long the guest may run.")
@click.option("--debug-info", is_flag=True, help="Keep debug information, for native debuggers.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as one JSON object.")
def command(recording: str, component: str | None, **given: Any) -> None:
    """Run the request that `atoll up --record DIR` has kept again, offline.

    Whatever the guest asks of the host is answered as it was then: clocks, random numbers, stores and other sites.
    The first host call that is another one ends it, and is shown. Of a folder, the recordings in it are listed.

    \b
    atoll up --record recordings --record-only errors
    atoll replay recordings
    atoll replay recordings/1763855999000-1-api.jsonl --step
    """
    from atoll.cli import replayed

    options = replayed.Options(**given)
    if Path(recording).is_dir():
        replayed.list_all(list(_calls(Path(recording))), options.as_json)
        return
    text = _read(recording)
    call = _call(recording, text)
    wasm = _component(component or call.guest.source or "")
    came = replayed.replay(text, wasm, options)
    if options.as_json:
        replayed.show_json(call, came)
    else:
        replayed.show(call, came)
    if not replayed.is_alike(call, came):
        sys.exit(1)


def _calls(folder: Path) -> Iterator[tuple[str, "Call"]]:
    for file in sorted(folder.glob("*.jsonl")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield str(file), _call(str(file), lines.readline())


def _read(file: str) -> str:
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = f"`{file}` cannot be read: {error}"
        raise UserError("recording-invalid", why, "name a file of `atoll up --record DIR`") from None


def _call(file: str, text: str) -> "Call":
    from atoll.host.replay import read_call

    try:
        return read_call(text.partition("\n")[0])
    except ValueError as error:
        why = f"`{file}` is no recording: {error}"
        raise UserError("recording-invalid", why, "name a file of `atoll up --record DIR`") from None


def _component(source: str) -> bytes:
    """The component, with its symbols if `atoll build` has kept them above it."""
    from atoll.host.symbols import FOLDER, path_of, with_symbols_of

    path = path_of(source)
    folders = [parent / FOLDER for parent in path.absolute().parents]
    try:
        wasm = path.read_bytes()
        return next((with_symbols_of(wasm, folder) for folder in folders if folder.is_dir()), wasm)
    except OSError as error:
        hint = "build the app, or name the component by `--component WASM`"
        raise UserError("guest-unreadable", f"`{path}` cannot be read: {error}", hint) from None
