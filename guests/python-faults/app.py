"""A handler that fails in a function of its own: the traceback says where."""

from wit_world import exports
from wit_world.imports.types import IncomingRequest, ResponseOutparam

PEOPLE: dict[str, str] = {}


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        greet("Ada")


def greet(name: str) -> str:
    return PEOPLE[name]  # fails here
