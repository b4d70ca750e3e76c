"""Files as a program that others stop and feed has to treat them: written whole or not at all, read within bounds."""

from atoll.files.reading import TooLarge, read_bounded
from atoll.files.replacing import replace

__all__ = ("TooLarge", "read_bounded", "replace")
