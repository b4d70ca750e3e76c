"""A collector, an upstream, and a server that exports to the one and calls the other."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import pytest

from atoll.testing import Up, up
from tests.conftest import MakeApp
from tests.observe.collector import Collector, collecting
from tests.observe.upstream import Upstream, upstream_server


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with upstream_server() as upstream:
        yield upstream


class Export(Protocol):
    """Serve a manifest's rest that exports to the collector, with these variables beside its endpoint."""

    def __call__(self, rest: str, *, workers: int = 1, **env: str) -> AbstractContextManager[Up]: ...


@pytest.fixture
def export(make_app: MakeApp, collector: Collector) -> Export:
    @contextmanager
    def serve(rest: str, *, workers: int = 1, **env: str) -> Iterator[Up]:
        variables = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "OTEL_METRIC_EXPORT_INTERVAL": "200",
            **env,
        }
        with up(make_app(rest), "--workers", str(workers), "-L", "", env=variables) as served:
            yield served

    return serve
