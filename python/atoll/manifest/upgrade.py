"""A manifest of version 1, written as one of version 2."""

from atoll.errors import UserError
from atoll.manifest.document import Document
from atoll.manifest.plain import plain


def upgrade(content: bytes | str, file: str = "spin.toml") -> str:
    """The TOML text of the same manifest in version 2. Comments are not kept.

    Raises UserError or Problems when the manifest cannot be read, and UserError `manifest-upgrade-unneeded` when it is
    of version 2 already.
    """
    import tomli_w

    document = Document.parse(content, file)
    if document.version == 2:
        raise UserError("manifest-upgrade-unneeded", f"{file} is of version 2 already")
    return tomli_w.dumps(plain(document.manifest))
