"""Names of component dependencies, and the rules that they follow (Spin: `crates/serde/src/dependencies.rs`).

A name is a plain import (`foo-bar`) or a package with optional interface and version (`ns:pkg/iface@1.2.3`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from atoll.manifest import ids
from atoll.manifest.model import (
    AppDependency,
    Component,
    Dependency,
    LocalDependency,
    PackageDependency,
    RegistrySource,
    TriggerDependency,
    TriggerPackage,
    TriggerPath,
    TriggerUrl,
    UrlDependency,
    UrlSource,
)

MAX_DEPENDENCIES = 500
_SEMVER = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_GRANTS = (
    "ai_models",
    "allowed_http_hosts",
    "allowed_outbound_hosts",
    "environment",
    "files",
    "key_value_stores",
    "sqlite_databases",
    "variables",
)


@dataclass(frozen=True, slots=True)
class Name:
    """A dependency's name taken apart. A plain name has no package."""

    text: str
    package: str | None = None
    interface: str | None = None
    version: tuple[int, int, int] | None = None

    def conflicts(self, other: "Name") -> bool:
        """Whether both could provide one interface: same package, compatible versions, no two interfaces."""
        if self.package is None or self.package != other.package:
            return False
        if self.version and other.version and release_line(self.version) != release_line(other.version):
            return False
        return self.interface is None or other.interface is None or self.interface == other.interface


def parse_name(text: str) -> Name:
    """Take a name apart. Raises ValueError with a sentence for the user."""
    body, at, version_text = text.partition("@")
    package, slash, interface = body.partition("/")
    if ":" not in package:
        wrong = ids.kebab(text)
        if wrong:
            raise ValueError(f"`{text}` is neither a plain import name nor a package name: {wrong}")
        return Name(text)
    for part in package.split(":", 1) + ([interface] if slash else []):
        wrong = ids.kebab(part)
        if wrong:
            raise ValueError(f"`{text}` is not a package name: {wrong}")
    version = _SEMVER.fullmatch(version_text) if at else None
    if at and version is None:
        raise ValueError(f"`{version_text}` in `{text}` is not a version such as 1.2.3")
    numbers = (int(version[1]), int(version[2]), int(version[3])) if version else None
    return Name(text, package, interface or None, numbers)


def broken_rules(dependencies: dict[str, Dependency]) -> Iterator[tuple[str, str, str]]:
    """Each broken rule as the dependency's name, the code and a sentence."""
    names: list[Name] = []
    if len(dependencies) > MAX_DEPENDENCIES:  # each is compared with each
        last = next(reversed(dependencies))
        yield (
            last,
            "dependency-invalid",
            f"a component can have {MAX_DEPENDENCIES} dependencies, not {len(dependencies)}",
        )
        return
    for text, dependency in dependencies.items():
        try:
            name = parse_name(text)
        except ValueError as error:
            yield text, "dependency-invalid", str(error)
            continue
        if name.package is None and not _names_package(dependency):
            yield text, "dependency-invalid", f"the dependency `{text}` must specify a package name"
        if name.package and name.interface is None and _has_export(dependency):
            yield (
                text,
                "dependency-invalid",
                f"the dependency `{text}` is a whole package, so it cannot name an `export`",
            )
        for other in names:
            if name.conflicts(other):
                yield text, "dependency-conflict", f"the dependency `{text}` conflicts with `{other.text}`"
        names.append(name)


def own_grants(component: Component) -> list[str]:
    """The keys that a component must not have to be used as a dependency: they would not apply."""
    return [key for key in _GRANTS if getattr(component, key)]


def from_component(source: str | UrlSource | RegistrySource, wanted: AppDependency) -> Dependency:
    """A dependency on a component of the app, as one on that component's source."""
    shared = {"export": wanted.export, "inherit_configuration": wanted.inherit_configuration}
    if isinstance(source, str):
        return LocalDependency(path=source, **shared)  # type: ignore[arg-type]
    if isinstance(source, UrlSource):
        return UrlDependency(url=source.url, digest=source.digest, **shared)  # type: ignore[arg-type]
    return PackageDependency(
        version=source.version,
        registry=source.registry,
        package=source.package,
        **shared,  # type: ignore[arg-type]
    )


def trigger_dependency(dependency: Dependency) -> TriggerDependency:
    """The same dependency as a trigger writes it: without an export."""
    if isinstance(dependency, LocalDependency):
        return TriggerPath(path=dependency.path, inherit_configuration=dependency.inherit_configuration)
    if isinstance(dependency, UrlDependency):
        return TriggerUrl(
            url=dependency.url, digest=dependency.digest, inherit_configuration=dependency.inherit_configuration
        )
    if isinstance(dependency, PackageDependency) and dependency.package:
        return TriggerPackage(
            package=dependency.package,
            version=dependency.version,
            registry=dependency.registry,
            inherit_configuration=dependency.inherit_configuration,
        )
    raise TypeError(f"{dependency!r} comes from no component's source")


def release_line(version: tuple[int, int, int]) -> tuple[int, ...]:
    """What two versions must share to be compatible: the numbers up to the first that is not zero."""
    major, minor, patch = version
    if major:
        return (major,)
    return (0, minor) if minor else (0, 0, patch)


def _names_package(dependency: Dependency) -> bool:
    if isinstance(dependency, PackageDependency):
        return dependency.package is not None
    return not isinstance(dependency, str)


def _has_export(dependency: Dependency) -> bool:
    return isinstance(dependency, PackageDependency | LocalDependency) and dependency.export is not None
