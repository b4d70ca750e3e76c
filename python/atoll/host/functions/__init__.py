"""Functions that take events: triggers of the kind `function`, which `serverless.yml` is made of.

A function's component is an HTTP handler, which is served as it is; a command, which reads one event and prints one
response; or a component that exports a function of an event (`arranging.py`). Those that take events are an app of
their own beside the one that is served (`dividing.py`), whose routes lead to `gateway.py`: it makes an event of each
request (`event.py`), has it answered, and makes a response of what the function gives (`answer.py`).
"""

from typing import Any

KIND = "function"
"""The kind of their triggers."""


def has_functions(locked: dict[str, Any]) -> bool:
    """Whether an app has any. Most have none, and load nothing else of this."""
    return any(trigger["trigger_type"] == KIND for trigger in locked.get("triggers", ()))
