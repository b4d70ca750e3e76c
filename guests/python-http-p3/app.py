"""A handler of wasi:http 0.3: `/` says hello, `/echo` streams the body back, `/sleep` waits 50 ms, `/raise` fails."""

import componentize_py_async_support
import wit_world
from componentize_py_async_support.streams import ByteStreamReader, ByteStreamWriter
from componentize_py_types import Ok
from wit_world import exports
from wit_world.imports import monotonic_clock
from wit_world.imports.wasi_http_types import Fields, Request, Response


class Handler(exports.Handler):
    async def handle(self, request: Request) -> Response:
        path = (request.get_path_with_query() or "/").partition("?")[0]
        if path == "/echo":
            return echo(request)
        if path == "/sleep":
            await monotonic_clock.wait_for(50_000_000)
        if path == "/raise":
            raise RuntimeError("as asked")
        return answer(b"Hello from Python 0.3\n")


def answer(text: bytes) -> Response:
    writer, reader = wit_world.byte_stream()
    componentize_py_async_support.spawn(write(writer, text))
    return respond(reader)


def echo(request: Request) -> Response:
    body, _trailers = Request.consume_body(request, done())
    return respond(body)


def respond(body: ByteStreamReader) -> Response:
    trailers = wit_world.result_option_wasi_http_types_fields_wasi_http_types_error_code_future(lambda: Ok(None))[1]
    return Response.new(Fields.from_list([("content-type", b"text/plain")]), body, trailers)[0]


def done():
    return wit_world.result_unit_wasi_http_types_error_code_future(lambda: Ok(None))[1]


async def write(writer: ByteStreamWriter, text: bytes) -> None:
    with writer:
        await writer.write_all(text)
