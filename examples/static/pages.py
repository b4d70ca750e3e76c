"""Serves the files it was given, and nothing else; `/greeting` is asked of the app's private component."""

from pathlib import Path

from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports import outgoing_handler
from wit_world.imports.types import (
    Fields,
    IncomingRequest,
    IncomingResponse,
    OutgoingBody,
    OutgoingRequest,
    OutgoingResponse,
    ResponseOutparam,
    Scheme_Http,
)

TYPES = {".html": "text/html", ".css": "text/css", ".txt": "text/plain"}


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        path = (request.path_with_query() or "/").partition("?")[0]
        if path == "/greeting":
            answer(response_out, 200, "text/plain", ask("greeting.spin.internal"))
            return
        file = Path(path) if path != "/" else Path("/index.html")
        if ".." in file.parts or not file.is_file():
            answer(response_out, 404, "text/plain", b"no such page\n")
            return
        answer(response_out, 200, TYPES.get(file.suffix, "application/octet-stream"), file.read_bytes())


def ask(authority: str) -> bytes:
    request = OutgoingRequest(Fields())
    request.set_scheme(Scheme_Http())
    request.set_authority(authority)
    request.set_path_with_query("/")
    pending = outgoing_handler.handle(request, None)
    pending.subscribe().block()
    return read(pending.get().value.value)


def read(response: IncomingResponse) -> bytes:
    with response.consume() as body, body.stream() as stream:
        return stream.blocking_read(65536)


def answer(response_out: ResponseOutparam, status: int, kind: str, text: bytes) -> None:
    response = OutgoingResponse(Fields.from_list([("content-type", kind.encode())]))
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(response_out, Ok(response))
    with body.write() as stream:
        for start in range(0, len(text), 4096):
            stream.blocking_write_and_flush(text[start : start + 4096])
    OutgoingBody.finish(body, None)
