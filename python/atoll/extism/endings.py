"""How calls end that do not give their output: as one error, with what caused it."""

from concurrent.futures import CancelledError

from atoll.embed.failures import CallFailed, InstanceEnded, LimitExceeded
from atoll.extism.cancelling import Cancelled
from atoll.extism.environment import Exited, Running
from atoll.extism.errors import Error

TRAPPED = 134
_LIMITS = {"limit-deadline": "timeout", "limit-cpu": "timeout", "limit-memory": "oom"}


def told(said: bytes | None, code: int) -> Error:
    """The error that a guest set, or its code. An error that is not UTF-8 is a UnicodeDecodeError."""
    return Error(f"Error code: {code}" if said is None else said.decode(), code)


def _is_cancelled(failed: CallFailed) -> bool:
    return isinstance(failed, InstanceEnded) or isinstance(failed.__cause__, CancelledError)


def ended(failed: CallFailed | Cancelled, call: Running) -> bytes:
    """The output of a call whose guest exited well; else raises Error."""
    if isinstance(failed, Cancelled) or (call.is_cancelled and _is_cancelled(failed)):
        raise Error("timeout", TRAPPED) from failed
    cause = failed.__cause__
    code = cause.code if isinstance(cause, Exited) else TRAPPED if cause is None else -1
    if code == 0 and call.said is None:
        return call.output
    if not 0 <= code <= 125 and code != TRAPPED:
        code = -1
    if call.said is not None:
        raise told(call.said, code) from failed
    if isinstance(failed, LimitExceeded):
        limit = _LIMITS.get(failed.code)
        raise Error(limit or failed.message, TRAPPED if limit == "timeout" else -1) from failed
    if isinstance(cause, TimeoutError):
        raise Error("timeout", TRAPPED) from failed
    if isinstance(cause, Exited):
        raise Error(f"Error code: {code}" if code > 0 else str(cause), code) from failed
    if isinstance(cause, Error):
        raise Error(str(cause), code) from cause
    if cause is not None:
        # What a host function raised.
        raise Error(str(cause) or type(cause).__name__, code) from cause
    raise Error(failed.message, code) from failed
