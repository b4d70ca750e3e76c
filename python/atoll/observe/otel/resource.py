"""Who tells: the resource of every signal, and how its failures are said."""

import logging
import os
import time

from opentelemetry.sdk.resources import PROCESS_PID, SERVICE_NAME, Resource

# Seconds between two complaints about an exporter that fails.
_QUIET = 60.0


def resource(app: str) -> Resource:
    """`OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win; without a name there, the service is named as the app."""
    made = Resource.create({PROCESS_PID: os.getpid()})
    if str(made.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        made = made.merge(Resource({SERVICE_NAME: app or "atoll"}))
    return made


class _Seldom(logging.Filter):
    """Lets one record a minute through."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _QUIET
        return True


def complain_seldom() -> None:
    """Let exporters that fail say so on standard error, once a minute instead of once a batch."""
    handler = logging.StreamHandler()
    handler.addFilter(_Seldom())
    handler.setFormatter(logging.Formatter("atoll: telemetry is not exported: %(message)s"))
    logger = logging.getLogger("opentelemetry")
    logger.handlers = [handler]
    logger.propagate = False
    logging.getLogger("urllib3").setLevel(logging.ERROR)
