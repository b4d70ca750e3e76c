"""Which Sigstore services are believed, and where they are asked: the "client trust config" of Sigstore's clients.

A file holds it; of those who only verify, the "trusted root" that is a part of it is enough. `public` stands for the
public good instance: its configuration comes with the library, and is renewed (through TUF) by who asks the services.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded

CONFIG = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
ROOT = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
PUBLIC = "public"
_MAX_BYTES = 1 << 20


class _Kind(msgspec.Struct, rename="camel"):
    media_type: str


@dataclass(frozen=True, slots=True)
class Services:
    """A configuration as it was read; what is in it is looked at when it is used.

    name: where it is from, for messages. kind: its media type, or `public`. fresh: whether that of the public
    instance is to be renewed; otherwise nobody is asked.
    """

    name: str
    kind: str
    content: bytes = b""
    fresh: bool = False

    @classmethod
    def named(cls, name: str) -> "Services":
        """What a command names: a file, or `public`, to be renewed. Raises UserError `sigstore-invalid`."""
        return cls(PUBLIC, PUBLIC, fresh=True) if name == PUBLIC else cls.load(Path(name))

    @classmethod
    def beside(cls, file: Path, name: str) -> "Services":
        """What a policy names: a file beside it, or `public`. Raises UserError `sigstore-invalid`."""
        return cls(PUBLIC, PUBLIC) if name == PUBLIC else cls.load(file.parent / name)

    @classmethod
    def load(cls, file: Path) -> "Services":
        """Read a file. Raises UserError `sigstore-invalid`."""
        try:
            content = read_bounded(file, _MAX_BYTES)
        except OSError as error:
            raise invalid(str(file), f"it cannot be read: {error.strerror}") from None
        except TooLarge as error:
            raise invalid(str(file), error) from None
        try:
            kind = msgspec.json.decode(content, type=_Kind).media_type
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise invalid(str(file), f"it is none: {error}") from None
        if kind not in (CONFIG, ROOT):
            raise invalid(str(file), f"it is a `{kind}`")
        return cls(str(file), kind, content)


def invalid(name: str, why: object) -> UserError:
    """For a configuration that cannot be used."""
    return UserError(
        "sigstore-invalid",
        f"the client trust config {name} cannot be used: {why}",
        f"name a JSON document of the type {CONFIG}",
    )
