"""Why a module cannot become a component, as Python says it and as the tool that builds it can explain it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from traceback import StackSummary, TracebackException
from typing import Any

__all__ = ("Unusable", "described")


class Unusable(Exception):
    """The module lacks what this form of component needs; the first argument is which problem it is."""


def described(error: BaseException, settings: dict[str, Any]) -> dict[str, Any]:
    """The report: `code` of the problem, the traceback as Python prints it, the names that are in question."""
    if isinstance(error, Unusable):
        return {"code": error.args[0], "traceback": "", "name": error.args[1]}
    report = {"code": "failed", "traceback": _traceback(error), "name": ""}
    for cause in _causes(error):
        if isinstance(cause, ImportError) and (native := _native(cause, settings["native"])):
            return {**report, "code": "native", "name": native, "place": _place(error, settings)}
    if isinstance(error, ModuleNotFoundError) and error.name:
        top = error.name.partition(".")[0]
        if top == "wit_world":
            return {**report, "code": "interface", "name": error.name.rpartition(".")[2]}
        return {**report, "code": "stdlib" if top in sys.stdlib_module_names else "missing", "name": top}
    return report


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__


def _native(error: ImportError, native: dict[str, str]) -> str | None:
    """The package whose native module was not found, where it was one."""
    named = [error.name or "", f"{error.name}.{error.name_from}"]
    return next((native[name] for name in named if name in native), None)


def _traceback(error: BaseException) -> str:
    told = TracebackException.from_exception(error)
    each: TracebackException | None = told
    while each is not None:
        kept = [frame for frame in each.stack if not _is_machinery(frame.filename)]
        each.stack[:] = kept
        each = each.__cause__ or each.__context__
    return "".join(told.format())


def _place(error: BaseException, settings: dict[str, Any]) -> str:
    """The last frame of the user's own."""
    stack = TracebackException.from_exception(error).stack
    own = [frame for frame in stack if frame.filename in settings["files"].values()]
    return "".join(StackSummary.from_list(own[-1:]).format())


def _is_machinery(filename: str) -> bool:
    return "importlib" in filename or "atoll_guest/build/" in filename or "/atoll_component.py" in filename
