"""The container that needs neither folder nor server of the operator: it ends with the run."""

from msgspec import Struct


class MemoryConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the run itself says: the folder of what ends with it. The operator has no word in that."""

    folder: str
