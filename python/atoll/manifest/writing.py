"""Keys and values as TOML text, each on one line."""

import datetime
import json
import math
import re
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else value(name)


def value(item: Any) -> str:
    """A value as TOML has them: text, number, truth, time, list or table."""
    match item:
        case bool():
            return "true" if item else "false"
        case str():
            # JSON's rules, but for one character.
            return json.dumps(item, ensure_ascii=False).replace("\x7f", "\\u007f")
        case float() if not math.isfinite(item):
            return str(item)  # as TOML writes them, too: inf, -inf, nan
        case datetime.date() | datetime.time():
            return item.isoformat()
        case list():
            return f"[{', '.join(map(value, item))}]"
        case dict():
            pairs = ", ".join(f"{key(name)} = {value(one)}" for name, one in item.items())
            return f"{{ {pairs} }}" if pairs else "{}"
    return repr(item)
