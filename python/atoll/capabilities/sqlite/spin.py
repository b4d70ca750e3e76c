"""The database that needs no server: a file of SQLite, which the data plane itself opens."""

from typing import Annotated

from msgspec import Struct

from atoll.manifest.fields import Doc
from atoll.manifest.units import Unit, parse


class SpinConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys beside `type = "spin"`."""

    path: Annotated[
        str | None, Doc("The file, relative to the working directory; in the app's state where it is not named.")
    ] = None
    allow_attach_file: Annotated[bool, Doc("Whether guests may attach any other file.")] = False
    max_size: Annotated[str, Doc("What the file may grow to; beyond it, writes are answered `database-full`.")] = (
        "10GiB"
    )

    def __post_init__(self) -> None:
        if self.max_bytes < 1 << 20:
            raise ValueError("`max_size` must be at least 1MiB")

    @property
    def max_bytes(self) -> int:
        """`max_size` in bytes."""
        return parse(Unit.SIZE, self.max_size)
