"""Through atoll: guests `c-plugin` and `c-plugin-calling`."""

from dataclasses import asdict
from typing import Any

import atoll
from bench.embedders import work
from bench.embedders.work import Statement
from bench.guests import CALLING, PLUGIN


def statement(name: str) -> Statement:
    """The work in atoll's words."""
    match name:
        case "add":
            return Statement(f"add({work.A}, {work.B})", {"add": _kept().add})
        case "echo":
            return Statement("echo(block)", {"echo": _kept().echo, "block": work.BLOCK})
        case "echo-text":
            return Statement("echo(text)", {"echo": _kept().echo_text, "text": work.TEXT})
        case "fresh":
            return Statement("echo(word)", {"echo": atoll.load(PLUGIN.file).echo, "word": work.WORD})
        case "fold":
            calling = atoll.load(CALLING.file, imports={"apply": _apply})
            return Statement(f"fold({work.FOLDS})", {"fold": calling.open().fold}, times=work.FOLDS)
        case "record":
            five = _kept().five
            # The world's record has no name that Python could make one by.
            return Statement("five(point)", {"five": five, "point": five(work.POINT)}, asdict)
        case "spin":
            return Statement(f"spin({work.STEPS})", {"spin": atoll.load(PLUGIN.file).spin})
    raise LookupError(name)


def _kept() -> Any:
    return atoll.load(PLUGIN.file).open()


def _apply(n: int) -> int:
    return n + 1
