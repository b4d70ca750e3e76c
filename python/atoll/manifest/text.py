"""The text of a manifest, or of another file that is written by hand: read within bounds, and UTF-8."""

from pathlib import Path

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded

MAX_BYTES = 1 << 20


def read_manifest(file: Path, shown: str | None = None) -> bytes:
    """What the file holds; `shown` is how it is called. Raises OSError, and UserError `manifest-too-large`."""
    try:
        return read_bounded(file, MAX_BYTES)
    except TooLarge as error:
        raise too_large(shown or str(file), error.size) from None


def decoded(content: bytes, file: str) -> str:
    """The text. Raises UserError `manifest-too-large` or `manifest-unreadable`, the latter with the line."""
    if len(content) > MAX_BYTES:
        raise too_large(file, len(content))
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            "manifest-unreadable",
            f"{file} is not UTF-8: the byte 0x{content[error.start]:02x} in line {line} has no meaning there",
            hint="save the file as UTF-8",
        ) from None


def too_large(file: str, size: int) -> UserError:
    """The error for a file of so many bytes."""
    return UserError(
        "manifest-too-large",
        f"{file} has {size} bytes; a manifest may have {MAX_BYTES}",
        hint="move data out of the manifest into files",
    )
