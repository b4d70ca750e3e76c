"""What the catalogue says of one code."""

from typing import Literal, NamedTuple

Origin = Literal["python", "core"]


class Entry(NamedTuple):
    """What a code means, what to do about it, and whether the Rust data plane can raise it (`core`)."""

    meaning: str
    remedy: str
    origin: Origin = "python"
