"""The host: what Python says to the data plane, and what it hears back.

`Host` serves one job (a locked app with its `Settings`) in this process, `InProcess` is asked from it, `run_command`
runs one command, `inspect` looks into a wasm file, `wat` makes text of it. Importing this package does not load the
data plane; the first call does.
"""

from atoll.host.command import Command, CommandLimits, Directory, run_command
from atoll.host.core import (
    Problem,
    Refuse,
    composed,
    default_values,
    error_codes,
    imports,
    inspect,
    interfaces,
    raise_problems,
    scripted,
    surface,
    wat,
)
from atoll.host.reuse import Reuse
from atoll.host.serve import Host, InProcess, Job, NextApp, Progress
from atoll.host.settings import Settings

__all__ = [
    "Command",
    "CommandLimits",
    "Directory",
    "Host",
    "InProcess",
    "Job",
    "NextApp",
    "Problem",
    "Progress",
    "Refuse",
    "Reuse",
    "Settings",
    "composed",
    "default_values",
    "error_codes",
    "imports",
    "inspect",
    "interfaces",
    "raise_problems",
    "run_command",
    "scripted",
    "surface",
    "wat",
]
