"""Live reload: pages in the browser hear of each change while `atoll watch` runs."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atoll.errors import AtollError, Problems, render

if TYPE_CHECKING:
    from atoll.cli.job import UpOptions
    from atoll.observe.live import Live
    from atoll.supervisor.events import Event

    Announce = Callable[[Event], None]


@contextmanager
def living(options: "UpOptions") -> "Iterator[tuple[UpOptions, Callable[[Any], Announce]]]":
    """The options with what ends each page, and what makes pages hear of the events of a run as well."""
    if not options.live_reload or options.listen.startswith("unix:"):
        yield options, lambda announce: announce
        return
    from atoll.observe.live import Live
    from atoll.supervisor.address import split

    host, _ = split(options.listen)
    tls = (options.tls_cert, options.tls_key) if options.tls_cert and options.tls_key else None
    with closing(Live(host, tls)) as live:

        def with_pages(announce: "Announce") -> "Announce":
            def tell(event: "Event") -> None:
                announce(event)
                _tell(live, event)

            return tell

        yield replace(options, ending=live.ending()), with_pages


def _tell(live: "Live", event: "Event") -> None:
    from atoll.supervisor import events

    match event:
        case events.Reloading():
            live.tell("building", "")
        case events.Reloaded():
            live.tell("reload", "")
        case events.ReloadFailed(error):
            live.tell("failed", _words(error))


def _words(error: AtollError) -> str:
    """What is wrong, behind what the compilers said."""
    each = error.problems if isinstance(error, Problems) else (error,)
    notes = [note for one in each for note in getattr(one, "__notes__", ()) if note]
    return "\n".join([*notes, render(error)])
