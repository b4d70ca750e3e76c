"""Workers that are killed while guests write: what was acknowledged must be there afterwards."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.rooms.conftest import Room


def written_while_workers_are_killed(room: Room, write: Callable[[str], bool], kills: int) -> set[str]:
    """Write new keys from four threads, and kill one worker after the other; the keys whose writing was answered.

    `write` says whether a key was, or raises.
    """
    acknowledged: set[str] = set()
    stop = threading.Event()

    def write_keys(thread: int) -> None:
        number = 0
        while not stop.is_set():
            key = f"{thread}-{number}"
            number += 1
            try:
                if write(key):
                    acknowledged.add(key)
            except Exception:
                continue

    with ThreadPoolExecutor(4) as threads:
        for thread in range(4):
            threads.submit(write_keys, thread)
        for kill in range(kills):
            os.kill(room.app.workers()[0], signal.SIGKILL)
            room.app.wait_for("serves again", times=kill + 1, timeout=60)
        stop.set()
    return acknowledged
