"""How a guest's call can end other than with a value, as exceptions.

`GuestError` is the error that the guest itself chose to give. The others are UserErrors with a code: what was called
did not come to its own end, and its sandbox is gone.
"""

import re
from typing import Any

from atoll.capabilities.custom import WitError
from atoll.embed.limits import NAMES
from atoll.errors import UserError


class GuestError(WitError):
    """The error of a `result`. Raised by a host function, it is the error that the guest gets.

    payload: the error's own value; None where the `result` has none.
    """

    payload: Any


class CallFailed(UserError):
    """The call was ended, or crashed. The sandbox that it ran in is gone.

    code: what ended it, a code of the error catalogue.
    stack: the guest's frames as texts, innermost first, where there are any.
    """

    def __init__(self, code: str, message: str, stack: list[str], hint: str | None = None) -> None:
        super().__init__(code, message, hint)
        self.stack = tuple(stack)
        if stack:
            self.add_note("guest stack:\n" + "\n".join(f"  {depth}: {frame}" for depth, frame in enumerate(stack)))


class GuestTrap(CallFailed):
    """The guest crashed, or a host function failed: then that one's exception is the `__cause__`."""


class LimitExceeded(CallFailed):
    """The call reached a limit: the message names it, its value, and the word of `Limits` that raises it."""


class InstanceEnded(CallFailed):
    """The instance was closed, or an earlier call of it ended badly."""


_CLASSES: dict[str, tuple[type[CallFailed], str | None]] = {
    "instance-ended": (InstanceEnded, "open another one"),
    "instance-busy": (CallFailed, "call the plugin itself, or open another instance"),
    "process-forked": (CallFailed, "load the plugin in the child"),
}
"""What is raised for a code of the data plane, and what to do about it."""
_KEY = re.compile(r"`tool\.atoll\.limits\.(\w+)` raises it")


def ended(code: str, message: str, stack: list[str]) -> CallFailed:
    """The exception for a failure that the data plane tells."""
    text = _KEY.sub(lambda key: f"`atoll.Limits({NAMES.get(key[1], key[1])}=…)` raises it", message)
    if code.startswith("limit-"):
        return LimitExceeded(code, text, stack)
    cls, hint = _CLASSES.get(code, (GuestTrap, None))
    return cls(code, text, stack, hint)
