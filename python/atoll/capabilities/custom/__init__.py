"""The room of an app's own interfaces: whatever WIT a guest imports, answered by a Python object.

Exported is what such an object says with: WitError for the error of a `result`, and wrappers for nested ones; and what
it is given of guests that send while they run.
"""

from atoll.capabilities.custom.streams import GuestFuture, GuestStream
from atoll.capabilities.custom.values import Err, Ok, Some, WitError

# They are shown, and pickled, under the name by which they are imported.
for _offered in (Err, GuestFuture, GuestStream, Ok, Some, WitError):
    _offered.__module__ = __name__

PROVIDERS: dict[str, str] = {}
"""None is built in; packages name theirs in the group `atoll.providers.custom`."""

__all__ = ["PROVIDERS", "Err", "GuestFuture", "GuestStream", "Ok", "Some", "WitError"]
