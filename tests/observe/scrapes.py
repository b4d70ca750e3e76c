"""A server that tells of itself, and its scrapes as figures."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from atoll.testing import Up, up
from tests.support import get


@dataclass(frozen=True)
class Told:
    """One scrape."""

    text: str

    def value(self, name: str, **labels: str) -> float:
        """The sum of the samples of this name that have these labels."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def names(self) -> set[str]:
        """The metrics that have at least one sample."""
        families = text_string_to_metric_families(self.text)
        return {sample.name for family in families for sample in family.samples}


@dataclass(frozen=True)
class Observed:
    """A running server and the address where it tells of itself."""

    app: Up
    base: str

    def scrape(self) -> Told:
        answer = get(self.base + "/metrics", timeout=10)
        assert answer.status_code == 200
        return Told(answer.text)

    def get(self, path: str) -> httpx.Response:
        return get(self.base + path, timeout=10)


def monitor_of(app: Up) -> str:
    """Where a server that may not serve yet tells of itself."""
    return "http://" + re.split(r"http://", app.wait_for(r"metrics on http://[\d.]+:\d+")[0])[1]


@contextmanager
def observed(
    app: str | Path, *arguments: str, workers: int = 1, env: Mapping[str, str] | None = None
) -> Iterator[Observed]:
    """Serve an app that tells of itself on a free port."""
    with up(app, "--workers", str(workers), "-L", "", "--metrics", "127.0.0.1:0", *arguments, env=env) as served:
        yield Observed(served, monitor_of(served))
