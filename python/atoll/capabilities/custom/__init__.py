"""The room of an app's own interfaces: whatever WIT a guest imports, answered by a Python object.

Exported is what such an object says with: WitError for the error of a `result`, and wrappers for nested ones.
"""

from atoll.capabilities.custom.values import Err, Ok, Some, WitError

PROVIDERS: dict[str, str] = {}
"""None is built in; packages name theirs in the group `atoll.providers.custom`."""

__all__ = ["PROVIDERS", "Err", "Ok", "Some", "WitError"]
