"""Does with objects what the path says, such as `/blobstore/get?container=default&name=a`. 500 has the interface's error."""

from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import blobstore
from wit_world.imports.container import Container
from wit_world.imports.wasi_blobstore_types import IncomingValue, ObjectId, OutgoingValue
from wit_world.imports.wasi_http_types import Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam

MOST = (1 << 64) - 1
PART = 65536
WRITTEN = 4096


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        target = urlsplit(request.path_with_query() or "")
        query = {name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
        try:
            answer = done(target.path.rpartition("/")[2], query, request)
        except Err as error:
            answer = iter([str(error.value).encode()])
            send(response_out, 500, answer)
            return
        send(response_out, 200, answer)


def done(what, query, request):
    """The parts of the answer."""
    name = query.get("name", "")
    match what:
        case "exists":
            return iter([str(blobstore.container_exists(query["container"])).encode()])
        case "copy":
            blobstore.copy_object(ObjectId(query["container"], name), ObjectId(query["to"], query["as"]))
            return iter([])
    with blobstore.get_container(query["container"]) as container:
        match what:
            case "put" | "upload":
                body = request.consume()
                put(container, name, parts(body.stream()))
            case "get" | "download":
                value = container.get_data(name, int(query.get("start", 0)), int(query.get("end", MOST)))
                return parts(IncomingValue.incoming_value_consume_async(value))
            case "whole":
                return iter([IncomingValue.incoming_value_consume_sync(container.get_data(name, 0, MOST))])
            case "size":
                return iter([str(container.object_info(name).size).encode()])
            case "has":
                return iter([str(container.has_object(name)).lower().encode()])
            case "delete":
                container.delete_object(name)
            case "list":
                return iter(["\n".join(sorted(listed(container))).encode()])
            case _:
                raise Err(f"there is no {what}")
    return iter([])


def put(container: Container, name: str, parts) -> None:
    outgoing = OutgoingValue.new_outgoing_value()
    container.write_data(name, outgoing)
    with outgoing.outgoing_value_write_body() as stream:
        for part in parts:
            for start in range(0, len(part), WRITTEN):
                stream.blocking_write_and_flush(part[start : start + WRITTEN])
    OutgoingValue.finish(outgoing)


def parts(stream):
    """What a stream has, until it is closed."""
    with stream:
        while True:
            try:
                part = stream.blocking_read(PART)
            except Err as error:
                if type(error.value).__name__.endswith("Closed"):
                    return
                raise Err(error.value.value.to_debug_string()) from None
            yield part


def listed(container: Container) -> list[str]:
    names, over = [], False
    with container.list_objects() as stream:
        while not over:
            page, over = stream.read_stream_object_names(100)
            names += page
    return names


def send(response_out: ResponseOutparam, status: int, parts) -> None:
    response = OutgoingResponse(Fields.from_list([("content-type", b"text/plain")]))
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(response_out, Ok(response))
    with body.write() as stream:
        for part in parts:
            for start in range(0, len(part), WRITTEN):
                stream.blocking_write_and_flush(part[start : start + WRITTEN])
    OutgoingBody.finish(body, None)
