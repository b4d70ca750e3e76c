"""What doctor finds, and what would mend it."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from atoll.errors import AtollError


class Severity(Enum):
    """How much a diagnosis matters. Notes alone are no problem."""

    ERROR = "error"
    """The app does not start, or does not do what it is for."""
    WARNING = "warning"
    """Somebody will miss something."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Another text for a range of the manifest's characters."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Change the manifest."""

    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """Build a component."""

    component: str


@dataclass(frozen=True, slots=True)
class Run:
    """Run a command in a folder; what has to be there for builds comes before them."""

    arguments: tuple[str, ...]
    folder: Path


Treatment = Rewrite | Build | Run


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One finding: `problem` has its code, sentence, remedy and place; `treatment` is there where a safe one exists."""

    severity: Severity
    problem: AtollError
    treatment: Treatment | None = None
