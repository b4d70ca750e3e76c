"""What the data plane tells of a failed call; `Told` in `crates/gateway/src/development.rs`."""

import msgspec

from atoll.errors import visible

# More lines, frames and characters of one than anybody reads.
_MOST_LINES = 400
_MOST_FRAMES = 100
_LONGEST = 2_000


class Place(msgspec.Struct, frozen=True):
    """A place in a source, as a compiler or a runtime wrote it down: lines and columns count from 1.

    `function` is a word that the source must hold, so that another file of the same name is not taken for it.
    """

    file: str
    line: int
    column: int | None = None
    function: str | None = None


class Frame(msgspec.Struct, frozen=True):
    """One call on the guest's stack."""

    function: str = ""
    place: Place | None = None


class Line(msgspec.Struct, frozen=True):
    """A line that the guest wrote while it answered this request, to `stdout` or `stderr`."""

    source: str = "stderr"
    text: str = ""


class Told(msgspec.Struct, frozen=True):
    """A failed call. The stack's innermost frame comes first. Without a `code` the guest itself answered so."""

    number: str = ""
    method: str = ""
    uri: str = ""
    accept: str = ""
    component: str = ""
    status: int = 500
    code: str | None = None
    message: str = ""
    stack: list[Frame] = []
    lines: list[Line] = []


def read(told: str) -> Told:
    """The failed call, within bounds and without control characters; of what is no such document, an empty one."""
    try:
        raw = msgspec.json.decode(told, type=Told)
    except (ValueError, RecursionError):
        return Told(message="the data plane told nothing that can be read")
    return Told(
        number=_one_line(raw.number),
        method=_one_line(raw.method),
        uri=_one_line(raw.uri),
        accept=_one_line(raw.accept),
        component=raw.component,
        status=raw.status,
        code=raw.code,
        message=_one_line(raw.message),
        stack=[Frame(_one_line(frame.function), frame.place) for frame in raw.stack[:_MOST_FRAMES]],
        lines=_between_blanks([Line(line.source, _one_line(line.text)) for line in raw.lines[-_MOST_LINES:]]),
    )


def _one_line(text: str) -> str:
    return visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…").replace("\n", " ")


def _between_blanks(lines: list[Line]) -> list[Line]:
    written = [at for at, line in enumerate(lines) if line.text.strip()]
    return lines[written[0] : written[-1] + 1] if written else []
