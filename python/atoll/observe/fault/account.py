"""What there is to say about a failed call, whatever it is written as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby

from atoll.errors import CODES, visible
from atoll.observe.fault.mentions import Mention, error, mentions
from atoll.observe.fault.sources import Source, Sources
from atoll.observe.fault.told import Frame, Line, Told

# Lines above and below the one that is shown, where the call failed and elsewhere.
_AROUND, _AROUND_OTHERS = 5, 2
_WIDEST = 200
_MOST_EXCERPTS = 40
# Lines between two places of one traceback.
_GAP = 2
_TRAPPED = "guest-trapped"
PRIVACY = (
    "Whoever asks reads this because the app is served for development; "
    "users get an empty answer with the number of the request."
)
_LACKS_LINES = (
    "Nothing names a line of the sources: the wasm was built without debug information. "
    'Rust writes it with `debug = "line-tables-only"` in the profile, C, C++ and Zig with `-g`.'
)


@dataclass(frozen=True)
class Excerpt:
    """Lines of a source with their numbers, one of them marked, and the column that was named, from 0."""

    where: str
    lines: tuple[tuple[int, str], ...]
    marked: int
    column: int | None


@dataclass(frozen=True)
class Call:
    """A frame of the stack: whether it is the author's own, and its excerpt unless that was shown already."""

    function: str
    where: str | None
    own: bool
    excerpt: Excerpt | None


@dataclass(frozen=True)
class Output:
    """A line that the guest wrote, with the author's own sources that it names, unless they were shown already."""

    line: Line
    excerpts: tuple[Excerpt, ...]


class Account:
    """One failed call.

    `failed_at` is the place in the author's own source, if it is known. `stack` has the author's own frames apart from
    those of libraries and the runtime, whose number is enough where it is known.
    """

    def __init__(self, told: Told, folders: Mapping[str, str]) -> None:
        self.told = told
        self._sources = Sources(folders, told.component)
        self._mentions = [mentions(line.text) for line in told.lines]
        self._shown: set[str] = set()
        self.failed_at = self._of_stack() or self._of_lines()
        self.excerpt = None if self.failed_at is None else self._excerpt(self.failed_at, _AROUND)
        calls = [self._call(frame) for frame in told.stack]
        self.stack = [(own, list(group)) for own, group in groupby(calls, key=lambda call: call.own)]
        self.output = [self._output(*both) for both in zip(told.lines, self._mentions, strict=True)]

    @property
    def status(self) -> str:
        """The status with its name."""
        try:
            return f"{self.told.status} {HTTPStatus(self.told.status).phrase}"
        except ValueError:
            return str(self.told.status)

    @property
    def origin(self) -> str:
        """Who failed, and what the log calls the request."""
        return f"component {_one_line(self.told.component)}, request {self.told.number}"

    @property
    def headline(self) -> str:
        """What went wrong: in the guest's own words where it crashed, else in the data plane's."""
        said = error([line.text for line in self.told.lines]) if self.told.code in (None, _TRAPPED) else None
        return said or self.told.message or f"the guest answered {self.status}"

    @property
    def advice(self) -> list[str]:
        """What that means and what to do about it; of the code, what `atoll explain` says."""
        entry = CODES.get(self.told.code or "")
        advice = ["The guest itself answered so."] if self.told.code is None else []
        if entry is not None:
            advice.append(f"{self.told.code}: {entry.meaning} {entry.remedy}")
        return [*advice, _LACKS_LINES] if self._lacks_lines() else advice

    def _lacks_lines(self) -> bool:
        is_named = any(self._mentions) or any(frame.place for frame in self.told.stack)
        return bool(self.told.stack) and not is_named

    def _of_stack(self) -> Source | None:
        sources = (self._sources.find(frame.place) for frame in self.told.stack if frame.place is not None)
        return next((source for source in sources if source is not None and source.own), None)

    def _of_lines(self) -> Source | None:
        """Where the last traceback begins that names a source of the author's own."""
        best: Source | None = None
        last = len(self._mentions)
        for at in reversed(range(len(self._mentions))):
            if best is not None and last - at > _GAP + 1:
                break
            last = at if self._mentions[at] else last
            for mention in reversed(self._mentions[at]):
                source = self._own(mention)
                if source is not None and mention.is_python:
                    return best or source
                best = source or best
        return best

    def _own(self, mention: Mention) -> Source | None:
        source = self._sources.find(mention.place)
        return source if source is not None and source.own else None

    def _call(self, frame: Frame) -> Call:
        source = self._sources.find(frame.place) if frame.place is not None else None
        if source is not None:
            return Call(frame.function, _one_line(source.where), source.own, self._excerpt(source, _AROUND_OTHERS))
        where = None if frame.place is None else _one_line(f"{frame.place.file}:{frame.place.line}")
        return Call(frame.function, where, False, None)

    def _output(self, line: Line, named: Sequence[Mention]) -> Output:
        sources = filter(None, map(self._own, named))
        excerpts = filter(None, (self._excerpt(source, _AROUND_OTHERS) for source in sources))
        return Output(line, tuple(excerpts))

    def _excerpt(self, source: Source, around: int) -> Excerpt | None:
        """The source's line and those around it, the first time that it is asked for."""
        if source.where in self._shown or len(self._shown) >= _MOST_EXCERPTS:
            return None
        self._shown.add(source.where)
        column = None if source.column is None else source.column - 1
        # Of a line that is far too wide, such as a bundle's only one, the part around the column.
        is_wide = len(source.text[source.line - 1]) > _WIDEST
        start = max(0, (column or 0) - _WIDEST // 2) if is_wide else 0
        numbers = range(max(1, source.line - around), min(len(source.text), source.line + around) + 1)
        lines = tuple((number, _one_line(source.text[number - 1][start : start + _WIDEST])) for number in numbers)
        return Excerpt(_one_line(source.where), lines, source.line, None if column is None else column - start)


def others(calls: Sequence[Call]) -> str:
    """What is said instead of frames that are not the author's own."""
    return f"{len(calls)} frame{'' if len(calls) == 1 else 's'} of libraries and the runtime"


def _one_line(text: str) -> str:
    return visible(text).replace("\n", " ")
