"""From a file `*.test.toml` to its tests, with everything that is wrong with it at once, each at its place."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from atoll.errors import AtollError, Location, UserError, raise_all
from atoll.manifest.positions import Path
from atoll.manifest.read import INVALID, Reader
from atoll.manifest.toml import Toml
from atoll.testing.cases.check import check
from atoll.testing.cases.model import File, Test

CODE = "test-file-invalid"


@dataclass(frozen=True)
class TestFile:
    """A file of tests. `shown` is its name in messages."""

    __test__ = False
    path: FilePath
    shown: str
    toml: Toml = field(repr=False)
    content: File = field(repr=False)

    @classmethod
    def load(cls, path: FilePath, shown: str | None = None) -> "TestFile":
        """Read a file. Raises UserError or Problems with everything that is wrong with it."""
        shown = shown or str(path)
        try:
            toml = Toml.from_file(path, shown)
        except OSError as error:
            raise UserError(CODE, f"{shown} cannot be read: {error.strerror}") from None
        except UserError as error:
            raise UserError(CODE, error.message, error.hint, location=error.location) from None
        reader = _CaseReader(toml)
        content = reader.read(File, toml.data, ())
        if content is not INVALID and not reader.problems:
            check(content, path.parent, reader)
        raise_all(reader.problems)
        return cls(path, shown, toml, content)

    @cached_property
    def tests(self) -> dict[str, Test]:
        """The tests by name."""
        return {test.name: test for test in self.content.test}

    def place(self, name: str, *path: str | int) -> Location:
        """Where a value of the test of that name stands, or the one around it."""
        return self.toml.location(("test", [*self.tests].index(name), *path))


class _CaseReader(Reader):
    """Reads as the manifest is read; what is wrong is not the manifest's."""

    problems: list[AtollError]

    def note(self, code: str, message: str, path: Path, *, hint: str | None = None, key: bool = False) -> Any:
        """Add a problem at a place."""
        told = message if path else message.replace("the manifest", "the file", 1)
        return super().note(CODE, told, path, hint=hint, key=key)
