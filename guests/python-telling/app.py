"""Does in a room what the path says, as rust-rooms does: /logging/log, /messaging/wasi/send and request, /otel/span, log and metrics."""

from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err, Ok
from wit_world import exports
from wit_world.imports import logging, logs, metrics, producer, request_reply, tracing
from wit_world.imports.wasi_clocks_wall_clock_0_2_0 import Datetime
from wit_world.imports.wasi_http_types import Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam
from wit_world.imports.wasi_messaging_types import Client, Message
from wit_world.imports.wasi_otel_types import InstrumentationScope, KeyValue, Resource

SCOPE = InstrumentationScope("guest", None, None, [])
TIME = Datetime(1_700_000_000, 5)


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        target = urlsplit(request.path_with_query() or "")
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        try:
            status, answer = 200, done(target.path, query)
        except Err as error:
            status, answer = 500, repr(error.value).encode()
        response = OutgoingResponse(Fields.from_list([]))
        response.set_status_code(status)
        body = response.body()
        ResponseOutparam.set(response_out, Ok(response))
        with body.write() as stream:
            stream.blocking_write_and_flush(answer)
        OutgoingBody.finish(body, None)


def done(path: str, query: dict[str, str]) -> bytes:
    text = query.get("text", "")
    match path:
        case "/logging/log":
            logging.log(logging.Level[query["level"].upper()], query.get("context", ""), text)
        case "/messaging/wasi/send":
            client = Client.connect(query["broker"])
            producer.send(client, query["topic"], Message(text.encode()))
        case "/messaging/wasi/request":
            client = Client.connect(query["broker"])
            replies = request_reply.request(client, query["topic"], Message(text.encode()), None)
            return b"\n".join(reply.data() for reply in replies)
        case "/otel/span":
            outer = tracing.outer_span_context()
            own = tracing.SpanContext(outer.trace_id, "00000000000000aa", outer.trace_flags, False, [])
            tracing.on_start(own)
            tracing.on_end(
                tracing.SpanData(
                    own, outer.span_id, tracing.SpanKind.INTERNAL, query["name"], TIME, TIME,
                    [KeyValue("given", '"x"')], [], [], tracing.Status_Ok(), SCOPE, 0, 0, 0,
                )
            )  # fmt: skip
        case "/otel/log":
            logs.on_emit(logs.LogRecord(TIME, None, "info", 9, text, None, None, None, SCOPE, None, None, None))
        case "/otel/metrics":
            point = metrics.SumDataPoint([], metrics.MetricNumber_U64(7), [])
            data = metrics.MetricData_U64Sum(metrics.Sum([point], TIME, TIME, metrics.Temporality.DELTA, True))
            metric = metrics.Metric("sum", "", "1", data)
            metrics.export(metrics.ResourceMetrics(Resource([], None), [metrics.ScopeMetrics(SCOPE, [metric])]))
    return b""
