"""A plain handler; the path says what it does."""

import json
import sys

from atoll_guest.http import Request, Response, handler
from shelf import books

print("loaded once")


@handler
def handle(request: Request) -> Response:
    match request.path:
        case "/":
            return Response.text("Hello\n")
        case "/told":
            return Response.json(
                {
                    "method": request.method,
                    "name": request.query.get("name"),
                    "all": request.query.get_all("name"),
                    "header": request.headers["X-Told"],
                    "host": bool(request.host),
                }
            )
        case "/double":
            return Response.json({"doubled": request.json()["number"] * 2}, 201, {"x-made": "yes"})
        case "/form":
            return Response.html(f"<p>{request.form()['name']}</p>")
        case "/away":
            return Response.redirect("/")
        case "/cookies":
            return Response(204, [("set-cookie", "a=1"), ("set-cookie", "b=2")])
        case "/echo":
            return Response(body=request.stream)
        case "/lines":
            return Response(200, {"content-type": "text/plain"}, (f"{n}\n" for n in range(3)))
        case "/large":
            return Response(body=b"x" * 3_000_000)
        case "/broken":
            return Response(body=broken())
        case "/raise":
            return books.borrow("a book that is not there")
        case "/text":
            return "only text"
        case "/hop":
            return Response(headers={"connection": "close"})
        case "/later":
            from shelf import attic

            return Response.text(attic.TEXT)
        case "/idna":
            return Response.text("bücher.example".encode("idna").decode())
        case "/never":
            name = "shelf_nowhere"
            return Response.text(repr(__import__(name)))
        case "/thread":
            return Response.text(threaded())
        case "/tls":
            import ssl

            return Response.text(ssl.create_default_context().sni)
        case "/modules":
            return Response.json(sorted(name for name in sys.modules if name.startswith("wit_world.imports.")))
        case "/sources":
            return Response.text(json.__file__)
    return Response.text("no such page\n", 404)


def broken():
    yield b"first\n"
    raise RuntimeError("in the middle")


def threaded() -> str:
    from threading import Thread

    Thread(target=print).start()
    return "started"
