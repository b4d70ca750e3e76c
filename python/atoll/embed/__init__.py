"""Components from Python: loaded as plugins, their functions called like any others.

`load` gives a `Plugin`. Importing this package does not load the data plane; the first plugin does.
"""

from atoll.embed.configuration import Configuration, configure
from atoll.embed.failures import CallFailed, GuestError, GuestTrap, InstanceEnded, LimitExceeded
from atoll.embed.grants import Grants
from atoll.embed.limits import Limits
from atoll.embed.loading import load
from atoll.embed.plugin import Instance, Plugin
from atoll.embed.plugins import (
    HookDeadline,
    LivePlugin,
    Plugins,
    PluginUnknown,
    QuotaExceeded,
    Quotas,
)
from atoll.embed.pool import Pool
from atoll.embed.resources import GuestResource

__all__ = [
    "CallFailed",
    "Configuration",
    "Grants",
    "GuestError",
    "GuestResource",
    "GuestTrap",
    "HookDeadline",
    "Instance",
    "InstanceEnded",
    "LimitExceeded",
    "Limits",
    "LivePlugin",
    "Plugin",
    "PluginUnknown",
    "Plugins",
    "Pool",
    "QuotaExceeded",
    "Quotas",
    "configure",
    "load",
]
