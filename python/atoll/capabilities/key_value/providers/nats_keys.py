"""Keys as NATS allows them, which is far from every text, and back."""

import re

from atoll.capabilities.key_value.provider import Other

_LONGEST = 3000
"""Of a key in its encoded form: the server closes a connection that sends lines over 4 KiB."""


def encoded(key: str) -> str:
    """The key as NATS allows it: letters, digits, `-`, `_`, `/` and inner dots as they are, other bytes as `=XX`.

    `=` alone is the empty key. Raises Other for a key that is too long.
    """
    plain = re.sub(r"[^-/_.A-Za-z0-9]|^\.|\.$|(?<=\.)\.", lambda found: _escaped(found[0]), key) or "="
    if len(plain) > _LONGEST:
        raise Other(f"NATS takes keys up to {_LONGEST} bytes, of which a special character takes three")
    return plain


def decoded(plain: str) -> str | None:
    """The key that is encoded so; None if there is none."""
    try:
        raw = re.sub(rb"=([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), plain.encode())
        key = "" if plain == "=" else raw.decode()
        return key if encoded(key) == plain else None
    except (UnicodeDecodeError, Other):
        return None


def _escaped(character: str) -> str:
    return "".join(f"={byte:02X}" for byte in character.encode())
