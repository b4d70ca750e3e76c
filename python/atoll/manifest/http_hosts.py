"""`allowed_http_hosts`, the old form of `allowed_outbound_hosts`, turned into the new one."""

import re

ALLOW_ALL = ("http://*:*", "https://*:*", "http://self")
DATABASES = ("redis://*:*", "mysql://*:*", "postgres://*:*")

_ENTRY = re.compile(r"(?:https?://)?(?P<host>[^/:\s]+)(?P<port>:\d{1,5})?(?P<path>/.*)?", re.DOTALL)


def convert(entry: str) -> tuple[str, ...]:
    """The new entries that one old entry means. Raises ValueError with a sentence for the user."""
    if entry == "insecure:allow-all":
        return ALLOW_ALL
    match = _ENTRY.fullmatch(entry)
    if match is None:
        raise ValueError(f"{entry} isn't a valid host or host:port string")
    if match["path"] not in (None, "/"):
        raise ValueError(f"{entry} contains a path, should be host and optional port only")
    if match["host"] == "self":
        return ("http://self",)
    authority = match["host"] + (match["port"] or "")
    return (f"http://{authority}", f"https://{authority}")


def convert_all(entries: list[str]) -> list[tuple[str, int]]:
    """The new entries, each with the index of the old entry that it comes from.

    One that allows all replaces the others.
    """
    for index, entry in enumerate(entries):
        if entry == "insecure:allow-all":
            return [(host, index) for host in ALLOW_ALL]
    return [(host, index) for index, entry in enumerate(entries) for host in convert(entry)]
