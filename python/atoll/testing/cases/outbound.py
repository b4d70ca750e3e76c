"""The HTTP requests that guests send in a test: what the test says answers them, and nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx

from atoll.testing.cases import matching, values
from atoll.testing.cases.model import Outbound, Received
from atoll.testing.outbound import OutboundHttp

Said = tuple[tuple[str | int, ...], list[str]]
"""The key below the test, and how what came differs from it."""


class Mocked(OutboundHttp):
    """Answers by the first of the test's that fits and is not used up."""

    def __init__(self) -> None:
        super().__init__()
        self._turn = threading.Lock()
        self.expect([], Path())

    def expect(self, outbound: list[Outbound], folder: Path) -> None:
        """Forget everything, and answer these."""
        with self._turn:
            self._outbound, self._folder = outbound, folder
            self._took = [0] * len(outbound)
            self._wrong: list[Said] = []
            self.requests.clear()
            self.unanswered.clear()

    def respond(self, request: httpx.Request) -> httpx.Response:
        """What answers a request: 502 where nothing does."""
        with self._turn:
            for index, one in enumerate(self._outbound):
                if _fits(one, request) and self._took[index] != one.times:
                    self._took[index] += 1
                    self.requests.append(request)
                    for key, said in received(one.request, request.headers, request.read(), self._folder):
                        self._wrong.append((("outbound", index, "request", *key), said))
                    return _response(one, self._folder)
        return super().respond(request)

    def differences(self) -> Iterator[Said]:
        """How what guests sent differs from what the test says."""
        with self._turn:
            yield from self._wrong
            for index, (one, took) in enumerate(zip(self._outbound, self._took, strict=True)):
                named = f"{one.method or 'a request to'} {one.url}"
                if one.times is None and took == 0:
                    yield ("outbound", index), [f"expected {named}, and it was not sent"]
                elif one.times is not None and took != one.times:
                    yield ("outbound", index, "times"), [f"expected {named} {_times(one.times)}, got {_times(took)}"]
            for request in self.unanswered:
                yield ("outbound",), [f"nothing answers {request.method} {request.url}, and a guest sent it"]


def received(expected: Received, headers: httpx.Headers, body: bytes, folder: Path) -> Iterator[Said]:
    """How a message differs from what is expected of it."""
    for name, wanted in expected.headers.items():
        got = headers.get_list(name)
        if wanted is False:
            said = [f"expected no such header, got {matching.told(got)}"] if got else []
        elif not got:
            said = [f"expected the header; there are {', '.join(headers) or 'none'}"]
        elif isinstance(wanted, list):
            said = matching.values(wanted, got)
        else:
            said = matching.texts(wanted, ", ".join(got).encode(), folder) if not isinstance(wanted, bool) else []
        if said:
            yield ("headers", name), said
    if expected.body is not None and (said := matching.texts(expected.body, body, folder)):
        yield ("body",), said
    if expected.json is not None and (said := matching.json_text(expected.json, body)):
        yield ("json",), said
    if expected.json_part is not None and (said := matching.json_text(expected.json_part, body, part=True)):
        yield ("json-part",), said


def _fits(one: Outbound, request: httpx.Request) -> bool:
    url = str(request.url)
    fits = matching.fits(one.url, url) or ("?" not in one.url and matching.fits(one.url, url.partition("?")[0]))
    return fits and one.method in (None, request.method)


def _response(one: Outbound, folder: Path) -> httpx.Response:
    answer = one.response
    return httpx.Response(answer.status, headers=values.headers(answer), content=values.body(answer, folder) or b"")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
