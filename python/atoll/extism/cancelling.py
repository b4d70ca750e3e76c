"""How the call of a plug-in is ended by somebody else, from any thread."""

import threading
import time
from typing import TYPE_CHECKING

from atoll import embed

if TYPE_CHECKING:
    from atoll.extism.environment import Running

_AGAIN = 0.001
"""Seconds after which the end of a call is wished again that is between two steps."""


class Cancelled(Exception):
    """The call was cancelled before its sandbox was there."""


class CancelHandle:
    """Ends the call that a plug-in has running, from any thread. It may be taken at any time."""

    def __init__(self) -> None:
        # A signal handler may cancel the call that its own thread begins or ends just then.
        self._lock = threading.RLock()
        self._call: Running | None = None
        self._instance: embed.Instance | None = None

    def cancel(self) -> bool:
        """End the call that runs: it raises `Error("timeout")`. A host function of the user's comes to its end first.

        Where no call runs, nothing happens. Always true.
        """
        with self._lock:
            call = self._call
            if call is not None:
                call.cancel()
                if self._instance is not None and not self._instance.interrupt():
                    threading.Thread(target=self._insist, args=(call,), name="atoll-cancel", daemon=True).start()
        return True

    def begins(self, call: "Running") -> None:
        """From now on this is the call to end."""
        self._call = call

    def enters(self, call: "Running", instance: embed.Instance) -> None:
        """The call has its sandbox. Raises Cancelled."""
        self._instance = instance
        if call.is_cancelled:
            raise Cancelled

    def ends(self) -> None:
        """The call is over."""
        with self._lock:
            self._call = self._instance = None

    def _insist(self, call: "Running") -> None:
        """Nothing ran: the call was just about to enter the guest, or has left it."""
        while not self._is_done(call):
            time.sleep(_AGAIN)

    def _is_done(self, call: "Running") -> bool:
        with self._lock:
            return self._call is not call or self._instance is None or self._instance.interrupt()
