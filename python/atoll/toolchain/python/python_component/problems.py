"""What is said of a build that failed: Python's own traceback, or componentize-py's words, and what to do."""

import re
from pathlib import Path
from typing import Any

from python_component.arguments import Options
from python_component.refused import Refused

__all__ = ("explained", "trimmed")


def explained(report: dict[str, Any], options: Options) -> Refused:
    """The refusal for what the sandbox's Python reported; what modules printed before is shown too."""
    refused = _explained(report, options)
    refused.shown = report["printed"] + refused.shown
    return refused


def _explained(report: dict[str, Any], options: Options) -> Refused:
    name, shown = report["name"], report["traceback"]
    match report["code"]:
        case "handler-missing":
            return Refused(
                f"{name} has no handler",
                "put `@handler` (of atoll_guest.http) before the function that answers requests, or add `--asgi`, `--wsgi` or "
                "`--command`",
            )
        case "handler-ambiguous":
            return Refused(f"{name} has more than one handler", "keep one `@handler`")
        case "application-missing":
            return Refused(
                f"{name} has no application `{options.attribute}`",
                f"write `{options.module}:NAME` with the name that the application has there",
            )
        case "command-missing":
            return Refused(
                f"{name} has no program to run", 'write `def main() -> int`, or `if __name__ == "__main__":`'
            )
        case "native":
            return Refused(
                f"`{name}` needs native code, which a sandbox cannot load",
                "use a package in pure Python instead, or leave the work to another component",
                shown=report["place"],
            )
        case "interface":
            return Refused(
                f"the component was not given the interface `{name}`",
                "import the module of atoll_guest by an import statement, so that the build can see it",
                shown=shown,
            )
        case "stdlib":
            return Refused("", f"the sandbox's Python has no `{name}`", shown=shown)
        case "missing":
            return Refused("", f"add the package of `{name}` to requirements.txt", shown=shown)
    return Refused("", shown=shown)


def trimmed(said: str, stage: Path) -> str:
    """componentize-py's own words, without its stack and our folders."""
    text = said.partition("\n\nStack backtrace:")[0]
    text = re.sub(r"^Traceback \(most recent call last\):\n(?:  .*\n)*AssertionError: ?", "", text)
    return text.replace(f"{stage}/", "").strip() or "componentize-py ended without a word"
