"""The command itself: what it prints, and what it ends with."""

import sys

from python_component.arguments import parsed
from python_component.refused import Refused

__all__ = ("main",)


def main(arguments: list[str]) -> int:
    """Do what the arguments say. The exit code: 0, or 1 where that was refused; 2 for arguments that nobody knows."""
    try:
        options = parsed(arguments)
        if options.bindings is not None:
            from python_component.bindings import write

            print(write(options, options.bindings))
        else:
            from python_component.building import build

            print(build(options), end="", file=sys.stderr)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0
