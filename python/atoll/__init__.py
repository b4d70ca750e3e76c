"""atoll: server-side WebAssembly, driven from Python. Importing this package loads nothing else."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atoll.embed import (
        CallFailed,
        Configuration,
        Grants,
        GuestError,
        GuestResource,
        GuestTrap,
        HookDeadline,
        Instance,
        InstanceEnded,
        LimitExceeded,
        Limits,
        LivePlugin,
        Plugin,
        Plugins,
        PluginUnknown,
        Pool,
        QuotaExceeded,
        Quotas,
        configure,
        load,
    )
    from atoll.web import asgi

__version__ = "0.1.0"

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
    "asgi",
    "configure",
    "load",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'atoll' has no attribute {name!r}")
    return getattr(import_module("atoll.web" if name == "asgi" else "atoll.embed"), name)
