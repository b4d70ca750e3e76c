"""Asks the catalogue: `/find`, `/basket`; the asynchronous interface: `/wait`, three times at once; the one with streams: `/sums`, `/readings`, `/greeting`."""

import asyncio

import componentize_py_async_support
import wit_world
from componentize_py_async_support.futures import FutureWriter
from componentize_py_async_support.streams import ByteStreamWriter, StreamReader, StreamWriter
from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import catalogue, feed, later
from wit_world.imports.wasi_http_types import Fields, Request, Response


class Handler(exports.Handler):
    async def handle(self, request: Request) -> Response:
        path, _, name = (request.get_path_with_query() or "/").partition("?")
        if path == "/wait":
            return answer(" ".join(await asyncio.gather(*(later.wait(200) for _ in range(3)))))
        if path == "/basket":
            with catalogue.Basket("anna") as basket:
                return answer(f"{basket.owner()} {basket.add('lamp')}")
        if path == "/sums":
            writer, reader = wit_world.u32_stream()
            componentize_py_async_support.spawn(write(writer, list(range(1, int(name) + 1))))
            return answer(repr(await every(await feed.sums(reader))))
        if path == "/readings":
            return answer(repr(await every(await feed.readings(int(name)))))
        if path == "/greeting":
            writer, reader = wit_world.string_future(lambda: "")
            componentize_py_async_support.spawn(settle(writer, name))
            return answer(await (await feed.greeting(reader)).read())
        try:
            return answer(repr(catalogue.find(catalogue.Query_ByName(name))))
        except Err as error:
            return answer(repr(error.value))


def answer(text: str) -> Response:
    writer, reader = wit_world.byte_stream()
    componentize_py_async_support.spawn(write(writer, text.encode()))
    trailers = wit_world.result_option_wasi_http_types_fields_wasi_http_types_error_code_future(lambda: Ok(None))[1]
    return Response.new(Fields.from_list([("content-type", b"text/plain")]), reader, trailers)[0]


async def write(writer: ByteStreamWriter | StreamWriter, items: bytes | list) -> None:
    with writer:
        await writer.write_all(items)


async def settle(writer: FutureWriter, value: object) -> None:
    with writer:
        await writer.write(value)


async def every(stream: StreamReader) -> list:
    items = []
    with stream:
        while not stream.writer_dropped:
            items += await stream.read(100)
    return items
