"""The same for `python-component`: it answers 500 itself, and the traceback has the lines of the source."""

from atoll_guest.http import Request, Response, handler

PEOPLE: dict[str, str] = {}


@handler
def handle(request: Request) -> Response:
    return Response.text(greet("Ada"))


def greet(name: str) -> str:
    return PEOPLE[name]  # fails here
