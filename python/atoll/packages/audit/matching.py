"""Which advisories concern which materials of a bill."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from atoll.packages.audit.advisories import Advisory, Affected, Range
from atoll.packages.audit.ignoring import Accepted
from atoll.packages.audit.versions import version
from atoll.packages.sbom.bill import Bill, Material

ECOSYSTEMS = {"cargo": "crates.io", "npm": "npm", "pypi": "PyPI", "golang": "Go"}
"""The ecosystem of OSV by the type of a package URL."""

_EVENTS = {"introduced": 0, "last_affected": 1, "fixed": 2, "limit": 2}


class Finding(Struct, kw_only=True):
    """An advisory that concerns a package.

    `fixed` is the next version that it does not concern; `components` are made of the package.
    """

    id: str
    aliases: list[str]
    package: str
    version: str
    ecosystem: str
    purl: str
    title: str
    severity: str | None
    fixed: str | None
    components: list[str]
    ignored: str | None = None


class Audit(Struct, kw_only=True):
    """What came of it. `unchecked` are packages that no advisory can be held against, with the reason."""

    findings: list[Finding] = field(default_factory=list)
    accepted: list[Finding] = field(default_factory=list)
    unchecked: list[dict[str, str]] = field(default_factory=list)
    packages: int = 0
    advisories: int = 0


class _Known(Struct):
    material: Material
    version: Any


def audit(bill: Bill, found: Iterable[Advisory], accepted: Accepted) -> Audit:
    """Hold all advisories against the bill."""
    made = Audit()
    known = _known(bill, made)
    for advisory in found:
        made.advisories += 1
        for key, affected in _packages(advisory):
            for one in known.get(key, ()):
                if not _is_affected(one, key[0], affected):
                    continue
                finding = _finding(bill, advisory, affected, one, key[0])
                finding.ignored = accepted.why(advisory.names)
                (made.findings if finding.ignored is None else made.accepted).append(finding)
    for many in (made.findings, made.accepted):
        many[:] = _once(many)
    return made


def _known(bill: Bill, made: Audit) -> dict[tuple[str, str], list[_Known]]:
    """The packages by ecosystem and name."""
    known: dict[tuple[str, str], list[_Known]] = {}
    for material in bill.sorted():
        if material.kind == "component":
            continue
        key = _key(material.purl)
        try:
            if key is None:
                raise ValueError("advisories have no ecosystem for it")
            comparable = version(key[0], material.version)
        except ValueError as error:
            made.unchecked.append({"package": material.name, "version": material.version, "reason": str(error)})
            continue
        made.packages += 1
        known.setdefault(key, []).append(_Known(material, comparable))
    return known


def _key(purl: str) -> tuple[str, str] | None:
    try:
        found = PackageURL.from_string(purl)
    except ValueError:
        return None
    ecosystem = ECOSYSTEMS.get(found.type)
    name = f"{found.namespace}/{found.name}" if found.namespace else found.name
    return None if ecosystem is None else (ecosystem, _name(ecosystem, name))


def _name(ecosystem: str, name: str) -> str:
    return canonicalize_name(name) if ecosystem == "PyPI" else name


def _packages(advisory: Advisory) -> Iterator[tuple[tuple[str, str], Affected]]:
    for affected in advisory.affected or ():
        ecosystem = affected.package.ecosystem.partition(":")[0]
        if affected.package.name:
            yield (ecosystem, _name(ecosystem, affected.package.name)), affected
        elif affected.package.purl and (key := _key(affected.package.purl)):
            yield key, affected


def _is_affected(one: _Known, ecosystem: str, affected: Affected) -> bool:
    """OSV's rule: the version is listed, or lies within a range."""
    if {one.material.version, one.material.version.removeprefix("v")} & set(affected.versions):
        return True
    return any(_is_within(one.version, ecosystem, range_) for range_ in affected.ranges)


def _is_within(wanted: Any, ecosystem: str, range_: Range) -> bool:
    """Events in the order of their versions: each switches on or off. A limit holds for everything before it."""
    events = _events(ecosystem, range_)
    limits = [at for kind, at in events if kind == "limit"]
    if limits and not any(at is None or wanted < at for at in limits):
        return False
    inside = False
    for kind, at in events:
        if kind == "introduced" and (at is None or wanted >= at):
            inside = True
        elif (kind == "fixed" and wanted >= at) or (kind == "last_affected" and wanted > at):
            inside = False
    return inside


def _events(ecosystem: str, range_: Range) -> list[tuple[str, Any]]:
    """The events, sorted; None is before all versions, or after all of a limit. Of commits nothing can be told."""
    if range_.type == "GIT":
        return []
    found: list[tuple[str, Any]] = []
    for event in range_.events:
        for kind, text in event.items():
            if kind not in _EVENTS:
                continue
            if (kind, text) in (("introduced", "0"), ("limit", "*")):
                found.append((kind, None))
                continue
            try:
                found.append((kind, version(ecosystem, text)))
            except ValueError:
                continue
    never = [one for one in found if one[1] is None]
    rest = [one for one in found if one[1] is not None]
    return never + sorted(rest, key=lambda one: (one[1], _EVENTS[one[0]]))


def _finding(bill: Bill, advisory: Advisory, affected: Affected, one: _Known, ecosystem: str) -> Finding:
    material = one.material
    fixes = [at for range_ in affected.ranges for kind, at in _events(ecosystem, range_) if kind == "fixed"]
    later = sorted(at for at in fixes if at > one.version)
    return Finding(
        id=advisory.id,
        aliases=sorted(advisory.aliases or ()),
        package=material.name,
        version=material.version,
        ecosystem=ecosystem,
        purl=material.purl,
        title=advisory.title,
        severity=advisory.level,
        fixed=_text(later[0], ecosystem, affected) if later else None,
        components=bill.users(material.ref),
    )


def _text(wanted: Any, ecosystem: str, affected: Affected) -> str | None:
    """The version as the advisory writes it."""
    texts = (text for range_ in affected.ranges for event in range_.events for text in event.values())
    for text in texts:
        try:
            if version(ecosystem, text) == wanted:
                return text
        except ValueError:
            continue
    return None


def _once(findings: list[Finding]) -> list[Finding]:
    """Each once, in an order that depends on nothing but them; of two databases' words on one thing, both are kept."""
    unique = {(one.package, one.version, one.id): one for one in findings}
    return [unique[key] for key in sorted(unique)]
