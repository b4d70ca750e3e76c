"""The thread that exports a process's spans and log records, and what its guests tell, and never holds up a request."""

import logging
import os
import threading
import time
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from atoll.observe.otel import guests
from atoll.observe.otel.documents import Batch, read, readable_log, readable_span
from atoll.observe.otel.resource import complain_seldom, resource

# `drain(least, timeout)` of the data plane: a batch of documents, or None where fewer wait after the time, in seconds.
Drain = Callable[[int, float], str | None]

# Seconds that a batch may take to fill, unless `OTEL_BSP_SCHEDULE_DELAY` says otherwise, in milliseconds.
_DELAY = 1.0
# How long the thread may not hear that it is to end.
_BREATH = 0.1
_BATCH = 512

_LOGGER = logging.getLogger("opentelemetry.atoll")


class Exporter:
    """Exports until it is stopped."""

    def __init__(self, drain: Drain, *, app: str, traces: bool, logs: bool, metrics: bool) -> None:
        complain_seldom()
        self._drain = drain
        self._resource = resource(app)
        self._spans = OTLPSpanExporter() if traces else None
        self._logs = OTLPLogExporter() if logs else None
        self._metrics = OTLPMetricExporter() if metrics else None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="atoll-export", daemon=True)
        self._thread.start()

    def stop(self, patience: float) -> None:
        """Export what waits, for at most `patience` seconds."""
        self._stopping.set()
        self._thread.join(patience)
        for exporter in (self._spans, self._logs, self._metrics):
            if exporter is not None:
                exporter.shutdown()

    def _run(self) -> None:
        delay = _delay()
        due = time.monotonic() + delay
        while not self._stopping.is_set():
            least = 1 if time.monotonic() >= due else _BATCH
            text = self._drain(least, _BREATH)
            if text is not None:
                self._export(text)
                due = time.monotonic() + delay
        while (text := self._drain(1, 0.0)) is not None:
            self._export(text)

    def _export(self, text: str) -> None:
        batch = read(text)
        if self._spans is not None and batch.spans:
            self._spans.export([readable_span(span, self._resource) for span in batch.spans])
        if self._logs is not None and batch.logs:
            self._logs.export([readable_log(log, self._resource) for log in batch.logs])
        if batch.told:
            try:
                self._export_told(batch)
            except Exception as error:
                # Whatever a guest thought of, the next batch is exported.
                _LOGGER.warning("what guests told is left out: %s", error)

    def _export_told(self, batch: Batch) -> None:
        if self._spans is not None and (spans := guests.readable_spans(batch.told, self._resource)):
            self._spans.export(spans)
        if self._logs is not None and (logs := guests.readable_logs(batch.told, self._resource)):
            self._logs.export(logs)
        if self._metrics is not None and (metrics := guests.readable_metrics(batch.told, self._resource)):
            self._metrics.export(metrics)


def _delay() -> float:
    try:
        return max(0.0, float(os.environ["OTEL_BSP_SCHEDULE_DELAY"]) / 1000)
    except (KeyError, ValueError):
        return _DELAY
