"""What registries list in pages: tags, repositories."""

import re
from collections.abc import Iterator
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from atoll.errors import UserError
from atoll.registry.client import Asked, Client
from atoll.registry.documents import MAX_MANIFEST_BYTES

_MAX_PAGES = 100
_NEXT = re.compile(r'<([^>]*)>\s*;\s*rel="?next"?')
_Page = TypeVar("_Page")


def pages(client: Client, asked: Asked, kind: type[_Page]) -> Iterator[_Page]:
    """The pages of a list, the first one as it is asked for. Raises UserError `registry-*` and `artifact-missing`."""
    for _ in range(_MAX_PAGES):
        response, content = client.ask(asked, MAX_MANIFEST_BYTES)
        yield _read(client, content, kind)
        following = _NEXT.search(response.headers.get("link", ""))
        if following is None:
            return
        parts = urlsplit(following[1])
        # Only the path: the next page is where the first one was.
        asked = Asked("GET", f"{parts.path}?{parts.query}", asked.repository, asked.scope)


def _read(client: Client, content: bytes, kind: type[_Page]) -> _Page:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UserError("registry-failed", f"{client.registry} sends a list that is none: {error}") from None
