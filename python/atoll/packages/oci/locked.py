"""The locked app as an artifact carries it: Spin's document, with blobs by digest in the place of files.

Read with its types, because it comes from strangers; what is not known in it is left alone.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from atoll.registry.documents import artifact_invalid

MAX_BYTES = 16 << 20
_UNDERSTOOD = {"host_requirements", "component_host_requirements"}
_KNOWN_REQUIREMENTS = {"local_service_chaining", "middleware"}


class Content(Struct, kw_only=True):
    """Bytes: in the document itself, or in the blob of that digest."""

    inline: bytes | None = None
    digest: str | None = None


class Source(Content, kw_only=True):
    """A wasm file."""

    content_type: str = "application/wasm"


class File(Content, kw_only=True):
    """A file that the guest finds under a path."""

    path: str


class Some(Struct):
    """The keys whose grants a dependency shares."""

    keys: list[str] = field(name="Some")


class Dependency(Struct, kw_only=True):
    """A component that another one is composed with."""

    source: Source
    export: str | None = None
    inherit: Literal["All"] | Some | None = None
    dependencies: dict[str, "Dependency"] = field(default_factory=dict)


class Component(Struct, kw_only=True):
    """One component."""

    id: str
    source: Source
    metadata: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    files: list[File] = field(default_factory=list)
    config: dict[str, str] = field(default_factory=dict)
    dependencies: dict[str, Dependency] = field(default_factory=dict)
    trigger_dependencies: dict[str, list[Dependency]] = field(default_factory=dict)
    host_requirements: dict[str, str] = field(default_factory=dict)


class Trigger(Struct, kw_only=True):
    """What calls a component."""

    id: str
    trigger_type: str
    trigger_config: dict[str, Any] = field(default_factory=dict)


class Variable(Struct, kw_only=True):
    """A value that the app is given at start."""

    description: str | None = None
    default: str | None = None
    secret: bool = False


class LockedApp(Struct, kw_only=True):
    """A whole app."""

    spin_lock_version: Literal[0, 1]
    triggers: list[Trigger]
    components: list[Component]
    must_understand: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    host_requirements: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The app's name."""
        name = self.metadata.get("name")
        return name if isinstance(name, str) and name else "app"


def read(content: bytes, name: str) -> LockedApp:
    """Read the document. Raises UserError `artifact-invalid`, also for what this atoll cannot meet."""
    try:
        app = msgspec.json.decode(content, type=LockedApp)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise artifact_invalid(name, f"its application cannot be read: {error}") from None
    unknown = set(app.must_understand) - _UNDERSTOOD
    for requirements in [app.host_requirements, *(one.host_requirements for one in app.components)]:
        unknown |= {key for key, how in requirements.items() if how == "required"} - _KNOWN_REQUIREMENTS
    if unknown:
        raise artifact_invalid(name, f"it needs what this atoll does not have: {', '.join(sorted(unknown))}")
    return app
