"""Objects that an app names to answer its guests' imports.

An app may be a stranger's, and its manifest must not turn any function of this machine into an import. So only what
says itself which interfaces it answers is taken, in a module that is installed or on Python's path.
"""

from importlib import import_module
from typing import Any

from atoll.capabilities import registry
from atoll.errors import UserError

ANSWERS = "wit_interfaces"
"""The attribute in which a class or object names the interfaces that it answers, without versions."""


def answering(interface: str, reference: str) -> Any:
    """The object that answers `interface`: at `module:name`, or the entry point of that name.

    A class is called for it. Raises UserError `provider-failed`.
    """
    target = reference if ":" in reference else registry.known("custom").get(reference)
    if target is None:
        raise _refused(interface, f"no package has an entry point `{reference}` in `{registry.ENTRY_POINTS}custom`")
    module, _, name = target.partition(":")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise _refused(interface, f"`{target}` cannot be imported: {error}") from error
    if _unversioned(interface) not in getattr(found, ANSWERS, ()):
        raise _refused(interface, f"`{target}` does not name it in `{ANSWERS}`")
    try:
        return found() if isinstance(found, type) else found
    except Exception as error:
        raise _refused(interface, f"`{target}` cannot be made: {error!r}") from error


def _unversioned(interface: str) -> str:
    return interface.partition("@")[0]


def _refused(interface: str, why: str) -> UserError:
    named = f'{ANSWERS} = ("{_unversioned(interface)}",)'
    hint = f"write module:Class of an installed module (or set PYTHONPATH), with {named}"
    return UserError("provider-failed", f"nobody answers the import `{interface}`: {why}", hint)
