"""The whole app in this process: for development, and for small machines."""

import os

from atoll.host import Host, Job, Refuse
from atoll.observe import Health, Watch
from atoll.observe.exporting import exporting
from atoll.supervisor.events import Announce, Loaded, Serving
from atoll.supervisor.signals import Signals, watched


def serve_alone(job: Job, refuse: Refuse, announce: Announce, watch: Watch | None = None) -> None:
    """Serve until a signal asks to stop, and drain. A second signal ends the process at once, with exit code 1.

    Raises what `refuse` raises when the app cannot be loaded or its address is not available.
    """
    with watched(at_second=lambda: os._exit(1)) as signals:
        host = Host(job, refuse=refuse, progress=announce)
        if signals.count:
            return
        address = host.start()
        announce(Loaded(host.report()))
        announce(Serving(address))
        if watch is not None:
            watch.alone(host.measure)
            watch.health = Health("serving", serving=1)
        with exporting(host, job):
            host.serve_until(lambda: _is_leaving(signals, watch))


def _is_leaving(signals: Signals, watch: Watch | None) -> bool:
    if signals.count and watch is not None:
        watch.health = Health("draining")
    return signals.count > 0
