"""Values that stand in the configuration itself."""

from typing import Annotated, ClassVar

from msgspec import Struct, field

from atoll.capabilities.provider import Place
from atoll.capabilities.variables.discreet import Discreet
from atoll.capabilities.variables.provider import checked
from atoll.manifest.fields import Doc


class StaticConfig(Discreet, kw_only=True):
    """The keys beside `type = "static"`."""

    values: Annotated[dict[str, str], Doc("Values by the variables' names.")] = field(default_factory=dict)


class Static:
    """Has the values that it was given."""

    Config: ClassVar[type[Struct]] = StaticConfig
    quick: ClassVar[bool] = True
    settled: ClassVar[bool] = True

    def __init__(self, config: StaticConfig, place: Place | None = None) -> None:
        self._values = dict(config.values)

    def get(self, name: str) -> str | None:
        """The value under this name."""
        return self._values.get(checked(name))
