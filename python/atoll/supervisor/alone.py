"""The whole app in this process: for development, and for small machines."""

import os
from contextlib import closing
from functools import partial

import msgspec

from atoll.errors import AtollError
from atoll.host import Host, NextApp
from atoll.observe import Health, Watch
from atoll.observe.exporting import exporting
from atoll.supervisor.changes import Changes
from atoll.supervisor.events import Announce, Event, Loaded, Reloaded, ReloadFailed, Reloading, Serving, Stopping
from atoll.supervisor.gathering import gather, gathering
from atoll.supervisor.listening import Listening
from atoll.supervisor.pages import pages
from atoll.supervisor.release import InBackground, Release, Renew, following
from atoll.supervisor.signals import Signals, watched
from atoll.supervisor.systemd import Notifier, passed_socket


def serve_alone(release: Release, renew: Renew, announce: Announce, watch: Watch | None = None) -> None:
    """Serve until a signal asks to stop, and drain. A second signal ends the process at once, with exit code 1.

    Raises what the release's `refuse` raises when the app cannot be loaded or its address is not available.
    """
    notifier = Notifier.of_environment()

    def tell(event: Event) -> None:
        notifier.tell(event)
        announce(event)

    with watched(at_second=lambda: os._exit(1)) as signals:
        given = release.job.settings
        listening = Listening(given.listen, 1, given.listen_mode, passed=passed_socket())
        try:
            settings = msgspec.structs.replace(given, listen=listening.address, listen_fd=listening.fd(0))
            job = msgspec.structs.replace(release.job, settings=settings)
            host = Host(job, refuse=release.refuse, progress=tell, pages=pages(job))
            if signals.count:
                return
            address = host.start()
            # Files are watched before anybody hears that the app is served: a change after that is seen.
            looking = _Alone(host, release, renew, tell, signals)
            tell(Loaded(host.report()))
            tell(Serving(address))
            if watch is not None:
                watch.alone(host.measure, partial(gather, host))
                watch.health = Health("serving", serving=1)
            with closing(looking) as alone, exporting(host, job), gathering(host, job):

                def is_stopping() -> bool:
                    notifier.beat()
                    if alone.is_stopping():
                        if watch is not None:
                            watch.health = Health("draining")
                        # The host has its own descriptor, which it closes now.
                        listening.close()
                        return True
                    return False

                host.serve_until(is_stopping, signals.pause)
        finally:
            listening.close()


class _Alone:
    """What happens while a host serves."""

    def __init__(self, host: Host, release: Release, renew: Renew, announce: Announce, signals: Signals) -> None:
        self._host = host
        self._release = release
        self._renew = renew
        self._announce = announce
        self._signals = signals
        self._settings = release.job.settings
        self._earlier: list[Release] = []
        self._changes = Changes(signals.ask_for_reload)
        self._changes.watch(release.watched)
        self._loading: InBackground[tuple[Release, NextApp]] | None = None

    def close(self) -> None:
        """Nothing is watched any more."""
        self._changes.close()

    def is_stopping(self) -> bool:
        """Look after reloads; whether the host is to stop."""
        if self._signals.count:
            self._announce(Stopping())
            return True
        if self._earlier and self._host.previous() == 0:
            for release in self._earlier:
                release.close()
            self._earlier.clear()
        if self._loading is not None:
            if self._loading.is_done:
                self._exchange(self._loading)
                self._loading = None
        elif self._signals.reload_is_asked():
            self._announce(Reloading())
            self._loading = InBackground(self._load, then=self._signals.wake)
        return False

    def _load(self) -> tuple[Release, NextApp]:
        release = self._renew()
        self._changes.watch(release.watched)
        try:
            return release, self._host.load(following(release.job, self._settings), refuse=release.refuse)
        except BaseException:
            release.close()
            raise

    def _exchange(self, loading: InBackground[tuple[Release, NextApp]]) -> None:
        try:
            release, loaded = loading.outcome()
        except AtollError as error:
            self._announce(ReloadFailed(error))
            return
        report = loaded.report()
        self._host.exchange(loaded)
        self._earlier.append(self._release)
        self._release = release
        self._announce(Reloaded(report))
