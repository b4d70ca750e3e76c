"""One profile of an app, out of what its processes gathered."""

from pathlib import Path

from atoll.observe.profile import firefox, flamegraph, speedscope, text
from atoll.observe.profile.gathered import read, written
from atoll.observe.profile.merged import Component, Merging, line
from atoll.observe.profile.summary import Summary, summary


class Profile:
    """Stacks, memory growth and host calls of all components, added up. In which order makes no difference."""

    def __init__(self) -> None:
        self._merging: dict[str, Merging] = {}
        self._merged: list[Component] | None = None

    def add(self, document: str | bytes) -> None:
        """Add what a process gathered, as `Server.profiles()` of the data plane tells it, or what `to_json` returned.

        Raises UserError `profile-refused` for what is no such document; then nothing was added.
        """
        self._merged = None
        for name, gathered in read(document).items():
            self._merging.setdefault(line(name), Merging()).add(gathered)

    @property
    def is_empty(self) -> bool:
        """Whether no guest was seen at all."""
        return not any(component.stacks or component.host for component in self._components())

    def summary(self) -> Summary:
        """The functions that take most, and all host calls."""
        return summary(self._components())

    def to_json(self) -> str:
        """All of it as one document, in the form of those that were added."""
        return written({component.name: component.gathered() for component in self._components()})

    def save(self, folder: Path) -> list[Path]:
        """Write a file for each way to look at it into a folder that is there, and return them.

        Those of an earlier profile are replaced. Raises OSError where that cannot be.
        """
        components = self._components()
        files = {
            "flamegraph.svg": flamegraph.of_time(components),
            "memory.svg": flamegraph.of_memory(components),
            "profile.speedscope.json": speedscope.document(components),
            "profile.firefox.json": firefox.document(components),
            "profile.folded": text.folded(components),
            "host-calls.txt": text.host_calls(components),
            "profile.json": self.to_json(),
        }
        for name, content in files.items():
            if content:
                (folder / name).write_text(content, "utf-8")
            else:
                (folder / name).unlink(missing_ok=True)
        return [folder / name for name, content in files.items() if content]

    def _components(self) -> list[Component]:
        if self._merged is None:
            self._merged = [merging.merged(name) for name, merging in sorted(self._merging.items())]
        return self._merged
