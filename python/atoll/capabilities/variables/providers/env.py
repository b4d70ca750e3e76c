"""Values of the process's environment, and of a dotenv file below it."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Struct

from atoll.capabilities.provider import Place
from atoll.capabilities.variables.provider import BackendFailed, checked
from atoll.manifest.fields import Doc
from atoll.manifest.variables import PREFIX, parse_dotenv


class EnvConfig(Struct, kw_only=True):
    """The keys beside `type = "env"`."""

    prefix: Annotated[
        str, Doc("What the names of environment variables begin with; unless it is empty, `_` follows.")
    ] = PREFIX.removesuffix("_")
    dotenv_path: Annotated[
        str | None, Doc("A file of further environment variables, relative to the config file; the environment wins.")
    ] = None


class Env:
    """Has the variable `name` where the environment has `PREFIX_NAME`."""

    Config: ClassVar[type[Struct]] = EnvConfig
    quick: ClassVar[bool] = True
    settled: ClassVar[bool] = True

    def __init__(self, config: EnvConfig, place: Place | None = None) -> None:
        self._prefix = config.prefix + "_" if config.prefix else ""
        folder = place.config if place else Path()
        self._file = None if config.dotenv_path is None else folder / config.dotenv_path

    def get(self, name: str) -> str | None:
        """The value of the environment, else that of the file. Raises BackendFailed if the file cannot be read."""
        key = self._prefix + checked(name).upper()
        value = os.environ.get(key)
        return self._written.get(key) if value is None else value

    @cached_property
    def _written(self) -> Mapping[str, str]:
        """The file's variables; it is read once, when first needed."""
        if self._file is None:
            return {}
        try:
            return parse_dotenv(self._file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise BackendFailed(f"the dotenv file {self._file.name} cannot be read: {reason}") from None
