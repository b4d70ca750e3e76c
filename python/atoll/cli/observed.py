"""Metrics and health of a run, on their own address or pushed to a collector, for as long as `up` runs."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from atoll.errors import UserError

if TYPE_CHECKING:
    from atoll.cli.job import UpOptions
    from atoll.host import Job
    from atoll.observe import Watch
    from atoll.supervisor.events import Event

# Seconds that the last export may take at the end.
_PATIENCE = 1.0


@contextmanager
def observed(options: "UpOptions", job: "Job", announce: "Callable[[Event], None]") -> "Iterator[Watch | None]":
    """Tell metrics and health until the block ends; None where nobody wants to know.

    Raises UserError `listen-failed`.
    """
    if options.allow_profiles and not options.metrics:
        why = "--allow-profiles needs an address to ask at"
        raise UserError("argument-invalid", why, "name one with --metrics, such as 127.0.0.1:9090")
    if not job.settings.observe.metrics:
        yield None
        return
    from atoll.observe import Watch

    watch = Watch()
    with ExitStack() as stack:
        stack.callback(watch.close)
        _monitor(options, watch, announce, stack)
        _push(job, watch, stack)
        yield watch


def _monitor(options: "UpOptions", watch: "Watch", announce: "Callable[[Event], None]", stack: ExitStack) -> None:
    if options.metrics:
        from atoll.observe.monitor import monitor
        from atoll.supervisor.address import split
        from atoll.supervisor.events import Monitoring

        announce(Monitoring(stack.enter_context(monitor(*split(options.metrics), watch, options.allow_profiles))))


def _push(job: "Job", watch: "Watch", stack: ExitStack) -> None:
    from atoll.observe.otel.config import from_environment

    if from_environment(os.environ).metrics:
        from atoll.observe.exporting import app_name
        from atoll.observe.otel.metrics import MetricExporter

        exporter = MetricExporter(watch, app=app_name(job.locked))
        stack.callback(exporter.stop, _PATIENCE)
