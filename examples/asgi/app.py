"""A FastAPI app with a WebAssembly component beside its own routes."""

from pathlib import Path

import atoll
from fastapi import FastAPI

HELLO = Path(__file__).resolve().parent.parent / "hello"

app = FastAPI(title="A guest in the house")


@app.get("/")
async def index() -> dict[str, str]:
    """A route of FastAPI's own."""
    return {"own": "/sum?one=1&other=2", "guest": "/guest/world"}


@app.get("/sum")
async def total(one: int, other: int) -> int:
    """Another one."""
    return one + other


# Every path below /guest is answered by the component, each request in a sandbox of its own.
app.mount("/guest", atoll.asgi(HELLO))
