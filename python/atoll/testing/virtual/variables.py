"""Variables of an app, in a dict that can be changed while it runs."""

from typing import ClassVar


class Values:
    """What guests ask: the protocol `atoll.capabilities.variables.Variables` over the dict."""

    quick: ClassVar[bool] = True

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        """The value, or None."""
        return self._values.get(name)
