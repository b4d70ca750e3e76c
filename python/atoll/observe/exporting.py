"""Exports a process's spans and log records while it serves, where its settings ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atoll.host import Host, InProcess, Job

# Seconds that the last export may take at the end.
_PATIENCE = 1.0


@contextmanager
def exporting(host: "Host | InProcess", job: "Job") -> Iterator[None]:
    """Export until the block ends, then what is left, within a second."""
    observe = job.settings.observe
    if observe.traces is None and not observe.logs and not observe.guest_metrics:
        yield
        return
    from atoll.observe.otel.exporter import Exporter

    exporter = Exporter(
        host.telemetry,
        app=app_name(job.locked),
        traces=observe.traces is not None,
        logs=observe.logs,
        metrics=observe.guest_metrics,
    )
    try:
        yield
    finally:
        exporter.stop(_PATIENCE)


def app_name(locked: dict[str, Any]) -> str:
    """The name of a locked app."""
    return str(locked.get("metadata", {}).get("name", ""))
