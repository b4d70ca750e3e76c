"""The store that needs no server: a file of SQLite, which the data plane itself opens."""

from typing import Annotated

from msgspec import Struct

from atoll.manifest.fields import Doc


class SpinConfig(Struct, frozen=True, kw_only=True):
    """The keys beside `type = "spin"`."""

    path: Annotated[str | None, Doc("The file, relative to this one; `sqlite_key_value.db` in the app's state.")] = None
