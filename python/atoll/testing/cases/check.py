"""What no single value of a test file shows: keys that exclude each other, patterns, JSON as text, files."""

import datetime
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path as FilePath
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from atoll.manifest.fields import attributes
from atoll.manifest.positions import Path
from atoll.testing.cases import values
from atoll.testing.cases.model import (
    After,
    Answer,
    Before,
    Call,
    File,
    Given,
    Outbound,
    Pattern,
    Received,
    Request,
    Response,
    Step,
    Test,
    pattern_of,
)

_DONE = ("request", "run", "call")
_STATUSES = range(200, 600)
_TEXTS = ("json", "json_part", "rows", "base64", "file", "matches")
"""Attributes whose value has a form of its own, whatever they belong to."""


class Notes(Protocol):
    """Who is told what is wrong."""

    def note(self, code: str, message: str, path: Path, *, hint: str | None = None, key: bool = False) -> Any:
        """Add a problem at a place."""
        ...


def check(content: File, folder: FilePath, notes: Notes) -> None:
    """Note everything that is wrong with a file of tests that stands in this folder."""
    known: set[str] = set()
    if not content.test:
        notes.note("", "the file has no test", (), hint="a test begins with [[test]] and has a `name`")
    for index, test in enumerate(content.test):
        if test.name in known:
            notes.note("", f"two tests are called `{test.name}`", ("test", index, "name"), hint="give it another name")
        known.add(test.name)
    for struct, path in _structs(content, ()):
        for message, key, hint in _wrong(struct, folder):
            notes.note("", message, (*path, *key), hint=hint)


Wrong = tuple[str, Path, str | None]


def _structs(value: Any, path: Path) -> Iterator[tuple[msgspec.Struct, Path]]:
    """All tables of the format in a value, each with its path."""
    match value:
        case msgspec.Struct():
            yield value, path
            for key, attribute in attributes(type(value)).items():
                yield from _structs(getattr(value, attribute), (*path, key))
            if isinstance(value, Call):
                yield from _patterns(value, path)
        case dict():
            for key, item in value.items():
                yield from _structs(item, (*path, key))
        case list():
            for index, item in enumerate(value):
                yield from _structs(item, (*path, index))


def _patterns(call: Call, path: Path) -> Iterator[tuple[msgspec.Struct, Path]]:
    for name in ("result", "error"):
        with suppress(ValueError):
            pattern = pattern_of(getattr(call, name))
            if pattern is not None:
                yield pattern, (*path, name)


def _wrong(struct: msgspec.Struct, folder: FilePath) -> Iterator[Wrong]:
    for key, attribute in attributes(type(struct)).items():
        written = getattr(struct, attribute)
        if attribute in _TEXTS and written is not None:
            try:
                _form(attribute, written, folder)
            except (ValueError, re.error) as error:
                hint = "a text in JSON has quotes of its own: '\"text\"'" if key.startswith("json") else None
                yield f"`{key}`: {error}", (key,), hint
    for cls, wrong in _WRONG.items():
        if isinstance(struct, cls):
            yield from wrong(struct)


def _form(name: str, written: Any, folder: FilePath) -> None:
    """Raises ValueError or re.error where it has not the form of its kind."""
    match name:
        case "matches":
            re.compile(written)
        case "base64":
            values.of_base64(written)
        case "file":
            values.of_file(folder, written)
        case "rows":
            rows = values.of_json(written)
            if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
                raise ValueError('rows are a list of lists: [[1, "Ada"]]')
        case _:
            values.of_json(written)


def _given(struct: Given) -> Iterator[Wrong]:
    named = [name for name in ("file", "base64", "json") if getattr(struct, name) is not None]
    if len(named) != 1:
        yield "it says one of `file`, `base64` and `json`", (), None


def _pattern(struct: Pattern) -> Iterator[Wrong]:
    if struct == Pattern():
        yield "a pattern says something: `matches`, `contains`, `lacks`, `file`, `json` or `json-part`", (), None


def _sent(struct: Request | Answer) -> Iterator[Wrong]:
    if struct.body is not None and struct.json is not None:
        yield "`body` and `json` exclude each other", ("json",), "keep one of them"


def _request(struct: Request) -> Iterator[Wrong]:
    yield from _sent(struct)
    if not re.fullmatch(r"/[!-~]*", struct.path) or "#" in struct.path:
        hint = "it begins with `/`; write spaces and what is not ASCII as %20"
        yield f"`{struct.path}` is no path of a request", ("path",), hint
    if not re.fullmatch(r"[A-Z]+", struct.method):
        yield f"`{struct.method}` is no method", ("method",), "methods are upper-case words, such as POST"


def _answer(struct: Answer) -> Iterator[Wrong]:
    yield from _sent(struct)
    yield from _status(struct.status)


def _response(struct: Response) -> Iterator[Wrong]:
    if struct.status is not None:
        yield from _status(struct.status)


def _status(status: int) -> Iterator[Wrong]:
    if status not in _STATUSES:
        yield f"{status} is no status of a response", ("status",), "they are 200 to 599"


def _received(struct: Received) -> Iterator[Wrong]:
    for name, value in struct.headers.items():
        if value is True:
            hint = '`false` says that it is not there; write { matches = "" } for any value'
            yield f"`{name}` cannot be `true`", ("headers", name), hint


def _outbound(struct: Outbound) -> Iterator[Wrong]:
    url = urlsplit(struct.url.replace("*", "x"))
    if url.scheme not in ("http", "https", "x") or not url.netloc:
        yield f"`{struct.url}` is no URL", ("url",), "write https://api.example.com/path, with `*` for any characters"
    if struct.times is not None and struct.times < 1:
        yield "`times` is at least 1", ("times",), "a request that nothing answers fails the test by itself"


def _call(struct: Call) -> Iterator[Wrong]:
    if struct.result is not None and struct.error is not None:
        yield "`result` and `error` exclude each other", ("error",), "keep one of them"
    for name in ("result", "error"):
        try:
            pattern_of(getattr(struct, name))
        except ValueError as error:
            yield f"`{name}`: {error}", (name,), None
    try:
        if not isinstance(values.of_json(struct.args), list):
            raise ValueError("it is no array")
    except ValueError as error:
        yield f"`args`: {error}", ("args",), "as text they are a JSON array: '[null, 1]'"


def _before(struct: Before) -> Iterator[Wrong]:
    clock = struct.clock
    if clock is not None and not (isinstance(clock, datetime.datetime) and clock.tzinfo):
        yield "`clock` is a time with its zone", ("clock",), "write it without quotes: 2026-01-01T00:00:00Z"
    for name in struct.files:
        yield from _file_name(name)


def _file_name(name: str) -> Iterator[Wrong]:
    if name.startswith("/") or not {"", ".", ".."}.isdisjoint(name.split("/")):
        yield f"`{name}` is no name of a file below `/`", ("files", name), "write it without the first `/`: data/in.txt"


def _step(struct: Step) -> Iterator[Wrong]:
    done = [name for name in _DONE if getattr(struct, name) is not None]
    steps = isinstance(struct, Test) and bool(struct.step)
    if len(done) + steps != 1:
        what = (
            "`request`, `run`, `call` and [[test.step]]" if isinstance(struct, Test) else "`request`, `run` and `call`"
        )
        said = f"it has {' and '.join(f'`{name}`' for name in [*done, *(['step'] * steps)])}" if done else "it has none"
        yield f"a test or step has one of {what}; {said}", (), None
    if struct.response is not None and struct.request is None:
        yield "`response` belongs to a `request`", ("response",), "what a command gives stands in `run`"


def _test(struct: Test) -> Iterator[Wrong]:
    steps = struct.step or [struct]
    if struct.outbound and all(step.request is None for step in steps):
        hint = "`run` and `call` reach no network"
        yield "outbound requests are answered in tests with a `request`", ("outbound",), hint
    held: list[Before | After] = [struct.given, *(step.expect for step in (struct, *steps))]
    if any(one.blobstore or one.messaging for one in held) and all(step.request is None for step in steps):
        yield "containers and brokers are for tests with a `request`", (), "`run` and `call` have stores and databases"
    files = struct.given.files or any(step.expect.files is not None for step in (struct, *steps))
    if files and any(step.request is not None for step in steps):
        yield "`files` are for `run` and `call`", (), "the files of an app that answers requests stand in its manifest"


_WRONG: dict[type, Callable[[Any], Iterator[Wrong]]] = {
    Given: _given,
    Pattern: _pattern,
    Request: _request,
    Answer: _answer,
    Response: _response,
    Received: _received,
    Outbound: _outbound,
    Call: _call,
    Before: _before,
    Step: _step,
    Test: _test,
}
