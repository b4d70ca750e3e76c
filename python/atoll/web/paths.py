"""Where a server's own prefix stands in the path of a request."""

from urllib.parse import quote, unquote_to_bytes

# What may stand in a path as it is (RFC 3986, section 3.3).
_PLAIN = "/!$&'()*+,;=:@~"


def below(prefix: str, raw: bytes) -> bytes:
    """The raw path with the prefix before it: some servers and proxies cut it off, others do not."""
    start = prefix.rstrip("/").encode()
    path = unquote_to_bytes(raw)
    if not start or path == start or path.startswith(start + b"/"):
        return raw
    return quote(start, safe=_PLAIN).encode() + raw
