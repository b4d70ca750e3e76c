"""A replay for people: its steps, what came of it, and the first difference.

What guests pass may hold anything; here it ends early and cannot steer a terminal.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from atoll.cache import cache_folders
from atoll.host.replay import Asked, Call, Difference, Frame, Now, Replayed, Step
from atoll.host.replay import replay as run
from atoll.host.settings import Engine

_MOST = 160
"""Characters of a value."""
_NO_RESPONSE = "guest-no-response"
"""What the server makes of a guest that has ended well, and has not answered."""
_FRAMES = 6
"""Innermost frames of a step; a difference and a failure show all of them."""


@dataclass(frozen=True)
class Options:
    """How it is run again, and what is shown; `patience` is in milliseconds."""

    step: bool
    patience: int
    debug_info: bool
    as_json: bool


def replay(recording: str, wasm: bytes, options: Options) -> Replayed:
    """Run it again, and show each step where that is wanted."""
    cache = str(cache_folders().code)
    engine = Engine(pooling="off", cache_dir=cache, debug_info=options.debug_info)
    follow = _Steps() if options.step and not options.as_json else None
    return run(recording, wasm, engine, options.patience, follow)


def is_alike(call: Call, came: Replayed) -> bool:
    """Whether the guest did the same again, or was left while it did."""
    return came.difference is None and (came.left or came.cut or _ends_alike(call, came))


def _ends_alike(call: Call, came: Replayed) -> bool:
    then, now = call.failure, came.failure
    if then is not None and then[0] == _NO_RESPONSE:
        then = None
    if then is None or now is None:
        return then is None and now is None
    # Which limit ends a guest that does not end by itself is a matter of time.
    limited = then[0].startswith("limit-") and now.code.startswith("limit-")
    return limited or (then[0], then[1]) == (now.code, now.message)


class _Steps:
    """Shows each step; on a terminal it waits there."""

    def __init__(self) -> None:
        self._waits = sys.stdin.isatty() and sys.stdout.isatty()

    def __call__(self, step: Step) -> bool:
        """Whether to go on."""
        click.echo(f"{step.number}/{step.of}  {_named(step.asked)}")
        for value in step.asked.with_:
            click.echo(f"      with {_short(value)}")
        for value in step.asked.gave if step.asked.gave is not None else ():
            click.echo(f"      gave {_short(value)}")
        _show_stack(step.stack[:_FRAMES])
        return not self._waits or self._asked()

    def _asked(self) -> bool:
        answer = click.prompt("Enter: next, c: all others, q: quit", default="", show_default=False, prompt_suffix=" ")
        self._waits = not answer.startswith("c")
        return not answer.startswith("q")


def show(call: Call, came: Replayed) -> None:
    """What came of it."""
    click.echo(_about(call))
    if came.difference is not None:
        click.echo(f"{came.alike} of {came.of} host calls alike; then they differ:")
        _show_difference(came.difference)
    elif came.left:
        click.echo(f"left after {came.alike} of {came.of} host calls")
        return
    else:
        click.echo(f"{came.of} host calls, all alike")
    if came.failure is not None:
        click.echo(click.style(f"{_plain(came.failure.message)} [{came.failure.code}]", fg="red"))
        _show_stack(came.failure.stack)
    if came.cut:
        why = f"{_plain(call.failure[1])} [{call.failure[0]}]" if call.failure else "its client had left"
        click.echo(f"the call ended here when it was recorded: {why}")
    elif came.difference is None and not _ends_alike(call, came):
        then = f"it failed: {_plain(call.failure[1])} [{call.failure[0]}]" if call.failure else "it ended well"
        click.echo(f"when it was recorded, {then}")


def show_json(call: Call, came: Replayed) -> None:
    """The same, for machines."""
    told = {"alike": is_alike(call, came), "call": msgspec.to_builtins(call), "replay": msgspec.to_builtins(came)}
    click.echo(json.dumps(told, indent=2))


def list_all(calls: Sequence[tuple[str, Call]], as_json: bool) -> None:
    """A line for each recording of a folder."""
    if as_json:
        click.echo(json.dumps([{"file": file, **msgspec.to_builtins(call)} for file, call in calls], indent=2))
        return
    for file, call in calls:
        click.echo(f"{file}  {_about(call)}")
    if not calls:
        click.echo("no recordings")


def _about(call: Call) -> str:
    ended = f"answered {call.status}" if call.status is not None else "not answered"
    if call.failure is not None:
        ended = f"failed [{call.failure[0]}]"
    elif call.cancelled and call.status is None:
        ended = "left by its client"
    when = datetime.fromtimestamp(call.time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    asked = f"{_plain(call.method)} {_plain(call.uri)} of `{_plain(call.component)}`"
    return f"{asked}, {ended} after {call.took_us / 1000:.1f} ms, {when} UTC"


def _show_difference(difference: Difference) -> None:
    recorded, now = difference.recorded, difference.now
    click.echo(f"  recorded: {_said(recorded) if recorded else 'no further call'}")
    click.echo(f"  now:      {_said(now) if now else 'the guest has ended'}")
    _show_stack(difference.stack)


def _said(call: Asked | Now) -> str:
    return f"{_named(call)}({', '.join(map(_short, call.with_))})"


def _named(call: Asked | Now) -> str:
    return f"{call.interface} {call.function}" if call.interface else call.function


def _show_stack(stack: Iterable[Frame]) -> None:
    for frame in stack:
        place = frame.place and f"  {frame.place.file}:{frame.place.line}"
        click.echo(click.style(f"      at {_plain(frame.function)}{_plain(place or '')}", dim=True))


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _plain(text if len(text) <= _MOST else f"{text[: _MOST - 1]}…")


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else "�" for each in text)
