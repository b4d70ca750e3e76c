"""Metrics and health of a run, on their own address or pushed to a collector, for as long as `up` runs."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from atoll.host import Job
    from atoll.observe import Watch
    from atoll.supervisor.events import Event

# Seconds that the last export may take at the end.
_PATIENCE = 1.0


@contextmanager
def observed(address: str | None, job: "Job", announce: "Callable[[Event], None]") -> "Iterator[Watch | None]":
    """Tell metrics and health until the block ends; None where nobody wants to know.

    Raises UserError `listen-failed`.
    """
    if not job.settings.observe.metrics:
        yield None
        return
    from atoll.observe import Watch

    watch = Watch()
    with ExitStack() as stack:
        stack.callback(watch.close)
        _monitor(address, watch, announce, stack)
        _push(job, watch, stack)
        yield watch


def _monitor(address: str | None, watch: "Watch", announce: "Callable[[Event], None]", stack: ExitStack) -> None:
    if address:
        from atoll.observe.monitor import monitor
        from atoll.supervisor.address import split
        from atoll.supervisor.events import Monitoring

        announce(Monitoring(stack.enter_context(monitor(*split(address), watch))))


def _push(job: "Job", watch: "Watch", stack: ExitStack) -> None:
    from atoll.observe.otel.config import from_environment

    if from_environment(os.environ).metrics:
        from atoll.observe.exporting import app_name
        from atoll.observe.otel.metrics import MetricExporter

        exporter = MetricExporter(watch, app=app_name(job.locked))
        stack.callback(exporter.stop, _PATIENCE)
