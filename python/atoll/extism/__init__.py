"""Extism plug-ins, unchanged, in atoll's sandboxes: the surface of the `extism` package (1.1) on a kernel of our own.

`import atoll.extism as extism`. What differs is in docs/guides/extism.md.
"""

from atoll.extism.cancelling import CancelHandle
from atoll.extism.compiled import CompiledPlugin
from atoll.extism.current import CurrentPlugin
from atoll.extism.errors import Error
from atoll.extism.functions import HOST_FN_REGISTRY, ExplicitFunction, Function, TypeInferredFunction, host_fn
from atoll.extism.logs import CustomLogger, set_log_custom, set_log_file
from atoll.extism.plugin import Plugin
from atoll.extism.values import Codec, Json, Memory, Pickle, Val, ValType

__all__ = [
    "HOST_FN_REGISTRY",
    "CancelHandle",
    "Codec",
    "CompiledPlugin",
    "CurrentPlugin",
    "CustomLogger",
    "Error",
    "ExplicitFunction",
    "Function",
    "Json",
    "Memory",
    "Pickle",
    "Plugin",
    "TypeInferredFunction",
    "Val",
    "ValType",
    "extism_version",
    "host_fn",
    "set_log_custom",
    "set_log_file",
]


def extism_version() -> str:
    """The version of Extism whose plug-ins and host interface this is: that of its runtime."""
    return "1.41.0"
