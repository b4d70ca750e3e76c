"""A run of a command: its code is the user's, its exit code what that says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import iscoroutine
from typing import Any

import wit_world.imports.wasi_cli_exit as wasi

from atoll_guest.failures import tell

__all__ = ("run",)


def run(main: Callable[[], Any]) -> None:
    """Call it, and end with its exit code: what it returns, or what `sys.exit` was given; 1 for an exception."""
    code = _code(main)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if code:
        wasi.exit_with_code(code)


def _code(main: Callable[[], Any]) -> int:
    try:
        ended = main()
        if iscoroutine(ended):
            from atoll_guest.loop import own

            ended = own().run(ended)
    except SystemExit as asked:
        ended = asked.code
    except BaseException as error:
        tell(error)
        return 1
    if ended is None or isinstance(ended, int):
        return int(ended or 0) & 0xFF
    print(ended, file=sys.stderr)
    return 1
