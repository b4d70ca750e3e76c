"""Templates: text with `{{ variable }}` in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PART = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """A template taken apart: literal texts at even places, variable names between them."""

    parts: tuple[str, ...]

    @property
    def is_literal(self) -> bool:
        """Whether there is nothing to fill in."""
        return len(self.parts) == 1

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that it needs."""
        return self.parts[1::2]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with all variables filled in. Raises KeyError for one that has no value."""
        return "".join(values[part] if place % 2 else part for place, part in enumerate(self.parts))


def parse(text: str) -> Template:
    """Take a template apart. Raises ValueError when a `{{` has no `}}`."""
    parts = _PART.split(text)
    if any("{{" in part for part in parts[::2]):
        raise ValueError("unmatched '{{' in template")
    return Template(tuple(part.strip() if place % 2 else part for place, part in enumerate(parts)))
