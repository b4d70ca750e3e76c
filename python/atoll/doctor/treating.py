"""What the treatments of an examination come to: the manifest's new text, and commands to be run behind it."""

import difflib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from atoll.doctor.diagnosis import Build, Rewrite, Run
from atoll.doctor.edits import applied
from atoll.doctor.examination import Report, examine, written
from atoll.doctor.patient import Patient
from atoll.errors import UserError
from atoll.files import replace

# Each round mends what the one before brought to light.
_MOST_ROUNDS = 50
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_NO_END = "\\ No newline at end of file"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about a patient. `texts` are all that the manifest passes through, the last one is to stay."""

    patient: Patient
    texts: tuple[str, ...]
    commands: tuple[Run, ...]
    after: Report
    """What is found in the last text, before the commands are run."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be done."""
        return len(self.texts) == 1 and not self.commands

    def diff(self) -> str:
        """What changes in the manifest, as a unified diff; empty where nothing does."""
        before, after = (_LINE.findall(text) for text in (self.texts[0], self.texts[-1]))
        name = self.patient.shown
        lines = difflib.unified_diff(before, after, name, name)
        return "".join(line if line.endswith("\n") else f"{line}\n{_NO_END}\n" for line in lines)

    def write(self) -> None:
        """Put the new text in the manifest's place, at once. Raises UserError."""
        if len(self.texts) == 1:
            return
        file = self.patient.file.resolve()  # a link stays one
        content = self.patient.with_text(self.texts[-1]).content
        try:
            replace(file, content, lasting=True)
        except OSError as error:
            raise UserError(
                "manifest-unwritable",
                f"{self.patient.shown} cannot be written: {error.strerror}",
                "let the manifest and its folder be written to; nothing was changed",
            ) from None


def plan(patient: Patient) -> Plan:
    """Treat the manifest in memory until no treatment is left, then see what has to be run."""
    texts = [patient.text]
    while len(texts) < _MOST_ROUNDS and (following := _treated(patient, texts)) is not None:
        texts.append(following.text)
        patient = following
    after = examine(patient)
    return Plan(patient, tuple(texts), tuple(_commands(patient, after)), after)


def _treated(patient: Patient, texts: list[str]) -> Patient | None:
    """The next state: after all treatments, or where they do not go together, after one.

    What changes something goes before what adds something: a key that is misspelt is missing, too.
    """
    treatments = [one.treatment for one in written(patient) if isinstance(one.treatment, Rewrite)]
    treatments.sort(key=lambda one: all(edit.start == edit.end for edit in one.edits))
    together = Rewrite(tuple(edit for one in treatments for edit in one.edits))
    for one in (together, *treatments):
        following = patient.with_text(applied(patient.text, one.edits))
        if following.toml is not None and following.text not in texts:
            return following
    return None


def _commands(patient: Patient, after: Report) -> Iterator[Run]:
    """Each once, and builds last, all in one command."""
    treatments = [one.treatment for one in after.diagnoses]
    yield from dict.fromkeys(one for one in treatments if isinstance(one, Run))
    # What no toolchain brings would be missing then, too.
    hopeless = {
        name for tool in after.tools if tool.path is None and tool.toolchain is None for name in tool.components
    }
    built = dict.fromkeys(
        one.component for one in treatments if isinstance(one, Build) and one.component not in hopeless
    )
    if built:
        chosen = [part for name in built for part in ("-c", name)]
        yield Run(("atoll", "build", "-f", patient.shown, *chosen), Path.cwd())


def shown(command: Run) -> str:
    """The command as one would type it."""
    return shlex.join(command.arguments)
