"""`cors` of an event or of `provider.httpApi`: true, or what browsers of other origins may do."""

from typing import Any

from atoll.manifest.positions import Path
from atoll.manifest.read import Reader
from atoll.serverless.model import Cors

_HEADERS = ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amz-User-Agent"]
_KEYS = {
    "origin": "origins",
    "origins": "origins",
    "allowedOrigins": "origins",
    "headers": "headers",
    "allowedHeaders": "headers",
    "methods": "methods",
    "allowedMethods": "methods",
    "exposedResponseHeaders": "exposed",
    "allowCredentials": "allow_credentials",
    "maxAge": "max_age",
}
_LISTS = {"origins", "headers", "methods", "exposed"}
_IGNORED = {"cacheControl"}


def cors_of(value: Any, path: Path, reader: Reader) -> Cors | None:
    """What is allowed, None where nothing is said. What is wrong is noted."""
    if value in (None, False):
        return None
    if value is True:
        return Cors(headers=_HEADERS)
    if not isinstance(value, dict):
        reader.note("manifest-type-wrong", "`cors` must be true, false or a mapping", path)
        return None
    given: dict[str, Any] = {}
    for key, one in value.items():
        name = _KEYS.get(key)
        if name is None:
            if key not in _IGNORED:
                reader.unknown_key(key, _KEYS, (*path, key))
        elif name in _LISTS:
            many = one if isinstance(one, list) else [one]
            if not all(isinstance(each, str) for each in many):
                reader.note("manifest-type-wrong", f"`cors.{key}` must be a list of strings", (*path, key))
                continue
            given[name] = [part.strip() for each in many for part in each.split(",")]
        elif isinstance(one, bool) if name == "allow_credentials" else isinstance(one, int):
            given[name] = one
        else:
            reader.note("manifest-type-wrong", f"`cors.{key}` has the wrong type", (*path, key))
    return Cors(**({"headers": _HEADERS} | given))
