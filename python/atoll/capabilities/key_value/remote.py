"""What the stores behind a network share: what all providers there share, failing in this room's only words."""

from atoll.capabilities import remote
from atoll.capabilities.key_value.provider import Other
from atoll.capabilities.remote import Opened, check_address, each
from atoll.capabilities.remote import Pooled as Remote

__all__ = ["PAGE", "Backend", "Opened", "Remote", "check_address", "each"]

PAGE = 1000
"""How many keys a page of a listing has, where the backend lets the client choose."""


class Backend(remote.SingleCase):
    """Fails in this room's words."""

    failed = Other
