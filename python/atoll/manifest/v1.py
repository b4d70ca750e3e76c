"""Manifests of version 1: their shape, and what they mean in version 2.

The conversion is Spin's (`crates/manifest/src/compat.rs` of spinframework/spin): component ids become kebab case, each
component gets a trigger of its own, `config` becomes `variables`, and databases stay open to components that did not
say.
"""

from typing import Annotated, Any, ClassVar

from msgspec import Struct, field

from atoll.manifest import http_hosts, ids, model
from atoll.manifest.fields import Doc, Label, VariableName
from atoll.manifest.positions import Path
from atoll.manifest.read import INVALID, Reader


class V1Trigger(Struct, kw_only=True):
    """The app's one kind of trigger."""

    REST: ClassVar[str] = "config"
    type: str
    config: dict[str, Any] = field(default_factory=dict)


class V1Component(Struct, kw_only=True):
    """A component and its trigger."""

    id: str
    source: model.Source
    description: str = ""
    trigger: dict[str, Any] = field(default_factory=dict)
    config: dict[VariableName, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    files: list[str | model.Placement] = field(default_factory=list)
    exclude_files: list[str] = field(default_factory=list)
    allowed_http_hosts: list[str] = field(default_factory=list)
    allowed_outbound_hosts: list[str] | None = None
    key_value_stores: list[Label] = field(default_factory=list)
    sqlite_databases: list[Label] = field(default_factory=list)
    ai_models: list[str] = field(default_factory=list)
    build: model.Build | None = None


class V1Manifest(Struct, kw_only=True):
    """A whole manifest of version 1."""

    name: str
    trigger: V1Trigger
    version: str = ""
    description: str = ""
    authors: list[str] = field(default_factory=list)
    variables: dict[VariableName, model.Variable] = field(default_factory=dict)
    component: Annotated[list[V1Component], Doc("The components.")] = field(default_factory=list)


class Conversion:
    """One conversion: fills `manifest` and notes in `moves` where everything came from."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.moves: dict[Path, Path] = {}

    def convert(self, data: dict[str, Any]) -> Any:
        """The manifest in version 2, or INVALID. Problems are the reader's."""
        body = {key: value for key, value in data.items() if key not in ("spin_manifest_version", "spin_version")}
        old = self.reader.read(V1Manifest, body, ())
        if old is INVALID:
            return INVALID
        new = model.Manifest(
            spin_manifest_version=2,
            application=_application(old),
            variables=old.variables,
            trigger={},
            component={},
        )
        self.moves |= {("application", key): (key,) for key in ("name", "version", "description", "authors")}
        self.moves["application", "trigger", old.trigger.type] = ("trigger",)
        self.moves["application",] = ()
        for index, component in enumerate(old.component):
            self._component(new, old.trigger.type, index, component)
        return new

    def _component(self, new: model.Manifest, kind: str, index: int, old: V1Component) -> None:
        path: Path = ("component", index)
        name = component_id(old.id)
        wrong = ids.kebab(name)
        if wrong is not None:
            self.reader.note("id-invalid", f"`{old.id}` is not a valid name: {wrong}", (*path, "id"))
        if name in new.component:
            self.reader.note("id-duplicate", f"a component with the id `{name}` stands above already", (*path, "id"))
            return
        triggers = new.trigger.setdefault(kind, [])
        self.moves["trigger", kind, len(triggers)] = (*path, "trigger")
        self.moves["trigger", kind, len(triggers), "component"] = (*path, "id")
        self.moves["component", name] = path
        self.moves["component", name, "variables"] = (*path, "config")
        triggers.append(model.Trigger(id=f"trigger-{name}", component=name, config=old.trigger))
        new.component[name] = model.Component(
            source=old.source,
            description=old.description,
            variables=old.config,
            environment=old.environment,
            files=old.files,
            exclude_files=old.exclude_files,
            allowed_outbound_hosts=self._hosts(name, path, old),
            key_value_stores=old.key_value_stores,
            sqlite_databases=old.sqlite_databases,
            ai_models=old.ai_models,
            build=old.build,
        )

    def _hosts(self, name: str, path: Path, old: V1Component) -> list[str]:
        hosts = (
            list(old.allowed_outbound_hosts) if old.allowed_outbound_hosts is not None else list(http_hosts.DATABASES)
        )
        for host, index in converted_http_hosts(self.reader, old.allowed_http_hosts, (*path, "allowed_http_hosts")):
            self.moves["component", name, "allowed_outbound_hosts", len(hosts)] = (*path, "allowed_http_hosts", index)
            hosts.append(host)
        return hosts


def converted_http_hosts(reader: Reader, entries: list[str], path: Path) -> list[tuple[str, int]]:
    """`http_hosts.convert_all`, with a problem for each entry that cannot be converted."""
    wrong = False
    for index, entry in enumerate(entries):
        try:
            http_hosts.convert(entry)
        except ValueError as error:
            wrong = True
            reader.note("allowed-host-invalid", str(error), (*path, index))
    return [] if wrong else http_hosts.convert_all(entries)


def component_id(text: str) -> str:
    """A version 1 id as version 2 allows it."""
    return text if ids.kebab(text) is None else text.replace("_", "-").lower()


def _application(old: V1Manifest) -> model.Application:
    return model.Application(
        name=old.name,
        version=old.version,
        description=old.description,
        authors=old.authors,
        trigger={old.trigger.type: old.trigger.config},
    )
