"""What test files write: texts, bytes of files, JSON as TOML or as text."""

import base64
import binascii
import json
import math
from pathlib import Path
from typing import Any

from atoll.testing.cases.model import Answer, Content, Given, Request


def content(written: Content, folder: Path) -> bytes:
    """The bytes that a test gives; files are found from its folder. What cannot be had raises ValueError."""
    if isinstance(written, str):
        return written.encode()
    if written.file is not None:
        return of_file(folder, written.file)
    if written.base64 is not None:
        return of_base64(written.base64)
    return json.dumps(of_json(written.json), ensure_ascii=False, separators=(",", ":")).encode()


def body(message: Request | Answer, folder: Path) -> bytes | None:
    """The body that a test sends."""
    if message.json is not None:
        return content(Given(json=message.json), folder)
    return None if message.body is None else content(message.body, folder)


def headers(message: Request | Answer) -> list[tuple[str, str]]:
    """The headers that a test sends: JSON says that it is."""
    named = [
        (name, value)
        for name, values in message.headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    if message.json is not None and "content-type" not in {name.lower() for name, _ in named}:
        named.append(("content-type", "application/json"))
    return named


def of_file(folder: Path, name: str) -> bytes:
    """The bytes of a file. Raises ValueError."""
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise ValueError(f"the file {name!r} cannot be read: {error.strerror}") from None


def of_base64(text: str) -> bytes:
    """The bytes that Base64 stands for. Raises ValueError."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"it is no Base64: {error}") from None


def of_json(written: Any) -> Any:
    """A value of JSON: a string is its text, anything else TOML for it. Raises ValueError."""
    if not isinstance(written, str):
        return plain(written)
    try:
        return json.loads(written)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"a string is read as JSON text, and this one is none ({error.msg.lower()} at character {error.pos})"
        ) from None


def plain(written: Any) -> Any:
    """The value, if JSON has its like. Raises ValueError for a time and for what is no number."""
    match written:
        case dict():
            return {name: plain(value) for name, value in written.items()}
        case list():
            return [plain(value) for value in written]
        case float() if not math.isfinite(written):
            raise ValueError(f"JSON has no {written}")
        case None | bool() | int() | float() | str():
            return written
    raise ValueError("JSON has no dates and times: write it as text")
