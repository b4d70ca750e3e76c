"""Semantic versions, and requirements of them as Cargo and wasm registries write them (`^1.2`, `~1.2.3`, `>=1, <3`)."""

import re
from dataclasses import dataclass
from functools import total_ordering

_NUMBER = r"(?:0|[1-9][0-9]{0,18})"
_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_IDENTIFIERS}))?(?:\+({_IDENTIFIERS}))?")
_PARTIAL = re.compile(rf"({_NUMBER})(?:\.({_NUMBER}|[*xX]))?(?:\.({_NUMBER}|[*xX]))?(?:-({_IDENTIFIERS}))?(?:\+.*)?")
_COMPARATOR = re.compile(r"(\^|~|=|>=|<=|>|<)?\s*(.+)")
_MAX_COMPARATORS = 32


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version. Build metadata does not count in comparisons."""

    major: int
    minor: int
    patch: int
    pre: str = ""
    build: str = ""

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Raises ValueError with a sentence for the user."""
        match = _VERSION.fullmatch(text)
        if match is None:
            raise ValueError(f'"{text}" is not a semantic version such as 1.2.3')
        major, minor, patch, pre, build = match.groups()
        return cls(int(major), int(minor), int(patch), pre or "", build or "")

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Major, minor and patch."""
        return (self.major, self.minor, self.patch)

    @property
    def track(self) -> str:
        """What all versions share that can stand for each other: `1`, `0.2`, or the whole where nothing is promised."""
        if self.pre:
            return f"{self.major}.{self.minor}.{self.patch}-{self.pre}"
        if self.major:
            return str(self.major)
        return f"0.{self.minor}" if self.minor else f"0.0.{self.patch}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __lt__(self, other: "Version") -> bool:
        return self._key() < other._key()

    def __str__(self) -> str:
        pre = f"-{self.pre}" if self.pre else ""
        return ".".join(map(str, self.numbers)) + pre + (f"+{self.build}" if self.build else "")

    def _key(self) -> tuple[object, ...]:
        # A version before a release is smaller than it; numbers are smaller than words.
        before = self.pre.split(".") if self.pre else []
        parts = tuple((0, int(one), "") if one.isdigit() and len(one) < 20 else (1, 0, one) for one in before)
        return (self.numbers, not self.pre, parts)


@dataclass(frozen=True, slots=True)
class _Comparator:
    sign: str
    numbers: tuple[int, ...]
    pre: str

    def matches(self, version: Version) -> bool:
        major, minor, patch = (*self.numbers, 0, 0, 0)[:3]
        floor = Version(major, minor, patch, self.pre)
        given = len(self.numbers)
        match self.sign:
            case "=":
                return version.numbers[:given] == self.numbers and (given < 3 or version.pre == self.pre)
            case ">":
                return version > floor if given == 3 else version.numbers[:given] > self.numbers
            case ">=":
                return version >= floor
            case "<":
                return version < floor
            case "<=":
                return version <= floor if given == 3 else version.numbers[:given] <= self.numbers
            case "~":
                return version >= floor and version.numbers[: min(given, 2)] == self.numbers[:2]
        return version >= floor and version.numbers[: self._fixed()] == self.numbers[: self._fixed()]

    def _fixed(self) -> int:
        """How many numbers a compatible version shares: up to the first that is not zero."""
        significant = next((index for index, one in enumerate(self.numbers) if one), len(self.numbers) - 1)
        return significant + 1


@dataclass(frozen=True, slots=True)
class Requirement:
    """All of several comparisons. A version before a release is only taken where one of that release is named."""

    text: str
    _comparators: tuple[_Comparator, ...]

    @classmethod
    def parse(cls, text: str) -> "Requirement":
        """Raises ValueError with a sentence for the user."""
        parts = [part.strip() for part in text.split(",")]
        if len(parts) > _MAX_COMPARATORS:
            raise ValueError(f"a requirement of {len(parts)} comparisons is too long")
        return cls(text, tuple(one for part in parts if (one := _comparator(part, text)) is not None))

    def matches(self, version: Version) -> bool:
        """Whether a version will do."""
        if version.pre and not any(one.pre and one.numbers == version.numbers for one in self._comparators):
            return False
        return all(one.matches(version) for one in self._comparators)

    @property
    def exact(self) -> Version | None:
        """The only version that will do, where that is said."""
        one = self._comparators[0] if len(self._comparators) == 1 else None
        if one is None or one.sign != "=" or len(one.numbers) != 3:
            return None
        major, minor, patch = one.numbers
        return Version(major, minor, patch, one.pre)

    def best(self, versions: list[Version]) -> Version | None:
        """The newest that will do."""
        return max((one for one in versions if self.matches(one)), default=None)


def _comparator(part: str, whole: str) -> _Comparator | None:
    match = _COMPARATOR.fullmatch(part)
    if part in ("*", "x", "X"):
        return None
    numbers = _PARTIAL.fullmatch(match[2]) if match is not None else None
    if match is None or numbers is None:
        raise ValueError(f'"{whole}" is not a requirement of versions such as "1.2", "=1.2.3" or ">=1, <3"')
    given = [one for one in numbers.groups()[:3] if one is not None]
    wild = next((index for index, one in enumerate(given) if one in "*xX"), None)
    kept = tuple(int(one) for one in given[:wild])
    sign = match[1] or ("=" if wild is not None else "^")
    pre = numbers[4] if numbers[4] and len(kept) == 3 else ""
    return _Comparator(sign, kept, pre)
