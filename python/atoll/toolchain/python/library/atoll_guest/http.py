"""HTTP in and out of the sandbox.

    from atoll_guest.http import Request, Response, handler

    @handler
    def handle(request: Request) -> Response:
        return Response.json({"path": request.path})

The handler may be a coroutine function. `get`, `post` and `request` ask other servers, each of which the manifest must name in
`allowed_outbound_hosts`; a component that uses none of them does not ask for outgoing HTTP.
"""

from atoll_guest.messages.bodies import BodyBroken, Incoming
from atoll_guest.messages.handling import handler
from atoll_guest.messages.request import Request
from atoll_guest.messages.response import Body, Response
from atoll_guest.messages.values import Headers, HeaderSource, Values

try:
    from atoll_guest.messages.client import (
        ClientResponse,
        HttpError,
        HttpRefused,
        HttpTimeout,
        delete,
        get,
        patch,
        post,
        put,
        request,
    )
except ModuleNotFoundError as absent:
    # The component was built without outgoing HTTP, for its sources use none.
    if absent.name != "wit_world.imports.wasi_http_outgoing":
        raise

__all__ = (
    "Body",
    "BodyBroken",
    "ClientResponse",
    "HeaderSource",
    "Headers",
    "HttpError",
    "HttpRefused",
    "HttpTimeout",
    "Incoming",
    "Request",
    "Response",
    "Values",
    "delete",
    "get",
    "handler",
    "patch",
    "post",
    "put",
    "request",
)
