"""What `up` shows of a run: addresses and routes on standard output as Spin does, everything else on standard error."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from atoll.cli.routes import Listed
from atoll.errors import AtollError, visible
from atoll.host import Progress
from atoll.supervisor import events


class Show:
    """Takes the events of a run. Progress of compiling is shown only where someone watches a terminal."""

    def __init__(
        self, routes: Sequence[Listed], scheme: str, form: str, failed: Callable[[AtollError], object]
    ) -> None:
        self._routes = routes
        self._scheme = scheme
        self._form = form
        self._failed = failed
        self._status: Any = None

    def __call__(self, event: events.Event) -> None:
        """Show one event."""
        match event:
            case Progress():
                self._compiling(event)
            case events.Loaded(report):
                self.close()
                self._loaded(report)
            case events.Serving(address):
                self.close()
                # A path has no end of its own: as in nginx, a colon parts it from that of the URL.
                end = ":" if address.startswith("unix:") else ""
                self._serving(f"{self._scheme}://{address}{end}")
            case events.Monitoring(address):
                _note(f"metrics on http://{address}/metrics, health on /livez and /readyz")
            case events.WorkerEnded(index, pid, how, delay):
                _note(f"worker {index} (pid {pid}) {how}; a new one starts in {delay:.1f} s")
            case events.WorkerReplaced(index, pid):
                _note(f"worker {index} serves again (pid {pid})")
            case events.Reloaded(report):
                self._duplicates(report)
                _note("the app was reloaded")
            case events.ReloadFailed(error):
                self._failed(error)
                _note("the app was not reloaded; it is served as it was")
            case events.WorkerFailed(index, error, delay):
                self._failed(error)
                fate = "it is given up" if delay is None else f"the next try is in {delay:.1f} s"
                _note(f"worker {index} could not start; {fate}")

    def close(self) -> None:
        """End the progress display, if there is one."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _compiling(self, progress: Progress) -> None:
        if not sys.stderr.isatty():
            return
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False, markup=False).status("")
            self._status.start()
        if progress.event == "compiled":
            self._status.console.print(f"Compiled {visible(progress.component)} in {progress.seconds:.1f} s")
        self._status.update(f"Compiling: {progress.done} of {progress.total} components done")

    def _loaded(self, report: Mapping[str, Any]) -> None:
        self._duplicates(report)
        pool = report["pool"]
        if sys.stderr.isatty():
            _note(f"room for {pool['instances']} instances a worker" if pool else "instances are allocated on demand")

    def _duplicates(self, report: Mapping[str, Any]) -> None:
        for route in report["duplicate_routes"]:
            _note(f"the route {route} stands twice; the last one holds")

    def _serving(self, base: str) -> None:
        click.echo(self._as_json(base) if self._form == "json" else self._as_text(base))
        sys.stdout.flush()

    def _as_text(self, base: str) -> str:
        lines = [f"Serving {base}", "Available Routes:"]
        for route in self._routes:
            lines.append(f"  {route.id}: {base}{visible(route.display)}")
            if route.description:
                lines.append(f"    {visible(route.description)}")
        return "\n".join(lines)

    def _as_json(self, base: str) -> str:
        routes = [
            {"id": route.id, "route": route.path, "wildcard": route.wildcard, "description": route.description}
            for route in self._routes
        ]
        return json.dumps({"base_url": base, "routes": routes}, indent=2)


def _note(text: str) -> None:
    click.echo(f"atoll: {visible(text)}", err=True)
