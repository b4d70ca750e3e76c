"""Profiles of one process: from its first request to its last, or for some seconds when somebody asks."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from atoll.host import Host, Job


@contextmanager
def gathering(host: Host, job: Job) -> Iterator[None]:
    """Gather while the block runs where the settings name a folder, and leave the profile there."""
    folder = job.settings.observe.profile_dir
    if folder is None:
        yield
        return
    host.switch_profiles(True)
    try:
        yield
    finally:
        Path(folder, f"{os.getpid()}.json").write_text(host.profiles(), "utf-8")


def gather(host: Host, seconds: float, then: Callable[[str], object]) -> None:
    """Gather for so long on a thread of its own, and hand the profile over."""

    def run() -> None:
        host.profiles()
        host.switch_profiles(True)
        threading.Event().wait(seconds)
        host.switch_profiles(False)
        then(host.profiles())

    threading.Thread(target=run, name="atoll-profile", daemon=True).start()
