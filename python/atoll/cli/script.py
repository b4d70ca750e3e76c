"""What `--sqlite` says: a statement, or a file of statements and the database to run them on."""

from dataclasses import dataclass
from pathlib import Path

from atoll.errors import UserError
from atoll.runtime.backends import DEFAULT


@dataclass(frozen=True, slots=True)
class Script:
    """Statements, and the label of their database."""

    statements: str
    label: str
    source: str

    @classmethod
    def given(cls, text: str) -> "Script":
        """`STATEMENT`, `@FILE` or `@FILE:LABEL`, as Spin reads them. Raises UserError `argument-invalid`."""
        if not text.startswith("@"):
            return cls(text, DEFAULT, "--sqlite")
        file, colon, label = (part.strip() for part in text[1:].partition(":"))
        if colon and not label:
            raise UserError("argument-invalid", f"`{text}` of --sqlite names no database", "write @FILE or @FILE:LABEL")
        try:
            return cls(Path(file).read_text("utf-8"), label or DEFAULT, file)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise UserError("argument-invalid", f"{file} of --sqlite cannot be read: {reason}") from None
