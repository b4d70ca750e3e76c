"""An answer on its way out of the sandbox: its head at the first piece, then its body."""

from __future__ import annotations

from componentize_py_types import Err, Ok
from wit_world.imports import wasi_http_types as wasi

from atoll_guest.messages.bodies import Outgoing

__all__ = ("Answer", "without_hops")

# Between two neighbours, for them to say; the host refuses them.
_HOPS = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "trailer"}
_FAILED = b"Internal Server Error\n"


class Answer:
    """What the host is told: `start`, then pieces of the body through `body`, then `finish`."""

    def __init__(self, out: wasi.ResponseOutparam) -> None:
        self._out: wasi.ResponseOutparam | None = out
        self.body: Outgoing | None = None

    @property
    def started(self) -> bool:
        """Whether the head is out, so that it cannot be another one any more."""
        return self._out is None

    def start(self, status: int, headers: list[tuple[str, bytes]]) -> Outgoing:
        """Send the head. Raises ValueError for a status or headers that cannot be sent."""
        try:
            response = wasi.OutgoingResponse(wasi.Fields.from_list(headers))
            if status != 200:
                response.set_status_code(status)
        except Err:
            raise ValueError(_refused(status, headers)) from None
        body = response.body()
        out, self._out = self._out, None
        if out is None:
            raise RuntimeError("this request is answered already")
        wasi.ResponseOutparam.set(out, Ok(response))
        self.body = Outgoing(body)
        return self.body

    def finish(self) -> None:
        """The body is whole."""
        if self.body is not None:
            self.body.finish()

    def fail(self) -> None:
        """Something went wrong: 500 and no details, or a body that visibly broke off."""
        if self.body is not None:
            self.body.abandon()
        elif not self.started:
            kind = [("content-type", b"text/plain; charset=utf-8"), ("content-length", b"%d" % len(_FAILED))]
            self.start(500, kind).write(_FAILED)
            self.finish()


def without_hops(headers: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The headers without those that are the server's to say; frameworks send some all the same."""
    return [each for each in headers if each[0].lower() not in _HOPS]


def _refused(status: int, headers: list[tuple[str, bytes]]) -> str:
    """Which of it the host would not take."""
    for name, value in headers:
        try:
            wasi.Fields.from_list([(name, value)])
        except Err as error:
            why = (
                "is the server's own to send" if isinstance(error.value, wasi.HeaderError_Forbidden) else "is malformed"
            )
            return f"the header `{name}` {why}"
    return f"{status} is no status of HTTP"
