"""What tests asked of their host, counted."""

from collections import Counter
from collections.abc import Iterable

import httpx

from atoll.testing.calls import HostCall

Asked = Counter[tuple[str, str, str, str]]
"""How often: by which app, of which room or interface, which function, for which label, name or site."""


def counted(app: str, calls: Iterable[HostCall], requests: Iterable[httpx.Request] = ()) -> Asked:
    """The calls of an app, and its outbound requests."""
    found: Asked = Counter()
    for call in calls:
        of = str(call.arguments[0]) if call.interface == "variables" and call.arguments else call.label
        found[app, call.interface, call.function, of] += 1
    for request in requests:
        found[app, "http", "send", f"{request.url.scheme}://{request.url.netloc.decode()}"] += 1
    return found
