"""One test, from what it gives to what became of it."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx

from atoll.errors import AtollError, Location, render
from atoll.testing.cases import matching, values
from atoll.testing.cases.apps import Apps
from atoll.testing.cases.calls import call
from atoll.testing.cases.commands import run
from atoll.testing.cases.contents import Misfit, differences
from atoll.testing.cases.model import After, Request, Response, Step
from atoll.testing.cases.outbound import Said, received
from atoll.testing.cases.outcomes import Difference, Outcome
from atoll.testing.cases.read import TestFile
from atoll.testing.cases.scene import Scene
from atoll.testing.client import BASE_URL

_SUCCESS = range(200, 300)


def run_test(file: TestFile, name: str, source: Path, apps: Apps) -> Outcome:
    """Run the test of that name against the app or wasm file."""
    began = time.monotonic()
    played = _Played(file, name)
    try:
        with Scene(file, file.tests[name], source, apps) as scene:
            return played.ended(began, [*played.differences(scene)], scene)
    except Misfit as error:
        return played.ended(began, [played.told(("given", *error.path), [str(error)])])
    except AtollError as error:
        return played.ended(began, [played.told((), render(error).split("\n"))])


class _Played:
    """A test and its places."""

    def __init__(self, file: TestFile, name: str) -> None:
        self._file = file
        self._test = file.tests[name]

    def ended(self, began: float, found: list[Difference], scene: Scene | None = None) -> Outcome:
        """What became of it."""
        return Outcome(
            name=self._test.name,
            group=self._file.shown,
            status="failed" if found else "passed",
            seconds=time.monotonic() - began,
            place=_at(self._file.place(self._test.name)),
            differences=tuple(found),
            sections=scene.sections() if found and scene else (),
            asked=scene.asked if scene else Counter(),
        )

    def told(self, path: tuple[str | int, ...], said: list[str], what: str = "") -> Difference:
        """A difference at a place of the test."""
        named = path[2:] if path[:1] == ("step",) else path
        keys = ".".join(str(part) for part in named if not isinstance(part, int))
        place = _at(self._file.place(self._test.name, *path))
        return Difference(": ".join(part for part in (what, keys) if part), place, tuple(said))

    def differences(self, scene: Scene) -> Iterator[Difference]:
        """All that did not come as expected; after a step that did not no further one is done."""
        steps = self._test.step
        for index, step in enumerate(steps or [self._test]):
            at: tuple[str | int, ...] = ("step", index) if steps else ()
            what = f"step {index + 1}, {_done(step)}" if steps else _done(step)
            found = [(at + path, said) for path, said in _step(step, scene)]
            found += [((*at, "expect", *path), said) for path, said in _after(step.expect, scene)]
            yield from (self.told(path, said, what) for path, said in found)
            if found:
                break
        else:
            if steps:
                yield from (self.told(("expect", *path), said) for path, said in _after(self._test.expect, scene))
        if scene.opened is not None:
            yield from (self.told(path, said) for path, said in scene.opened.mocked.differences())


def _done(step: Step) -> str:
    if step.request is not None:
        return f"{step.request.method} {step.request.path}"
    if step.run is not None:
        return " ".join(["run", *step.run.args])
    return f"call of {step.call.function}" if step.call else ""


def _step(step: Step, scene: Scene) -> Iterator[Said]:
    if step.request is not None:
        yield from _request(step.request, step.response or Response(), scene)
    elif step.run is not None:
        yield from ((("run", *path), said) for path, said in run(step.run, scene))
    elif step.call is not None:
        yield from ((("call", *path), said) for path, said in call(step.call, scene))


def _request(request: Request, expected: Response, scene: Scene) -> Iterator[Said]:
    if scene.opened is None:
        return
    folder = scene.file.path.parent
    try:
        response = scene.opened.app.request(
            request.method,
            BASE_URL + request.path,
            headers=values.headers(request),
            content=values.body(request, folder),
        )
    except (AtollError, httpx.HTTPError) as error:
        yield ("request",), [f"the answer broke off: {error}"]
        return
    if not _is_expected(response.status_code, expected.status):
        wanted = "a status from 200 to 299" if expected.status is None else f"the status {expected.status}"
        body = f": {matching.told(response.content)}" if response.content else ""
        yield ("response", "status"), [f"expected {wanted}, got {response.status_code}{body}"]
    found = received(expected, response.headers, response.content, folder)
    yield from ((("response", *path), said) for path, said in found)


def _is_expected(status: int, expected: int | None) -> bool:
    return status in _SUCCESS if expected is None else status == expected


def _after(expected: After, scene: Scene) -> Iterator[Said]:
    folder = scene.file.path.parent
    yield from differences(scene.stores, expected, folder)
    if expected.files is not None:
        yield from (
            (("files", name) if name else ("files",), said)
            for name, said in matching.holds(expected.files, scene.files, folder)
        )
    for stream in ("stdout", "stderr", "log"):
        wanted = getattr(expected, stream)
        if wanted is not None:
            lines = [line.text for line in scene.lines if stream in ("log", line.stream)]
            if said := matching.texts(wanted, "".join(f"{line}\n" for line in lines).encode(), folder):
                yield (stream,), said


def _at(place: Location) -> str:
    return f"{place.file}:{place.line}"
