"""The manifests of the apps that are measured."""

import json
from collections.abc import Mapping

from bench.guests import Guest

NATIVE = "/native"

_HEAD = """\
spin_manifest_version = 2
application.name = "bench"
"""
_STATIC = """
[[trigger.http]]
route = "{route}"
static_response = {{ headers = {{ content-type = "text/plain" }}, body = {body} }}
"""
_COMPONENT = """
[[trigger.http]]
route = "{route}"
component = "c{number}"

[component.c{number}]
source = {source}
{keys}"""


def hello(guest: Guest) -> str:
    """The guest, and beside it at `NATIVE` the same answer given by the listener itself."""
    return app({"/...": guest}) + _STATIC.format(route=NATIVE, body=json.dumps(guest.body.decode()))


def app(routes: Mapping[str, Guest]) -> str:
    """A component a route."""
    components = [
        _COMPONENT.format(route=route, number=number, source=json.dumps(str(guest.file)), keys=guest.keys)
        for number, (route, guest) in enumerate(routes.items())
    ]
    return _HEAD + "".join(components)
