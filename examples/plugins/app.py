"""A page with three tools. Each is a plugin that somebody else could have written, in a language of their choice.

`uvicorn app:app` in this folder, once the plugins are built; see README.md.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import atoll
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel

HERE = Path(__file__).parent
MOST_BYTES = 20 << 20

# The most that any plugin may have. The files beside the plugins take some of it away.
plugins = atoll.Plugins(
    HERE / "plugins",
    limits=atoll.Limits(time=10, cpu=10, memory="512MiB"),
    grants=atoll.Grants(log=True),
    quotas=atoll.Quotas(calls=1000, cpu=60, per="1m", concurrent=8),
)
about = plugins.hook("about", errors="skip", deadline=5)
described: dict[str, str] = {}


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """While the page is served, plugins follow their files."""
    async with plugins.watch():
        yield


app = FastAPI(title="Plugins", lifespan=lifespan)


class Query(BaseModel):
    """What is asked of the JSON plugin."""

    document: str
    expression: str


@app.get("/")
async def page() -> FileResponse:
    """The page. What plugins make of strangers' text is shown in a frame that may do nothing."""
    own = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
    allowed = f"{own}; img-src blob: data:; connect-src 'self'"
    return FileResponse(HERE / "page.html", headers={"content-security-policy": allowed})


@app.post("/markdown")
async def markdown(request: Request) -> Response:
    """The text as HTML."""
    text = (await body(request)).decode(errors="replace")
    return Response(await plugins.aio.call("markdown", "render", text), media_type="text/html")


@app.post("/json")
async def transform(query: Query) -> Response:
    """What the expression makes of the document."""
    made = await plugins.aio.call("json", "transform", query.document, query.expression)
    return Response(made, media_type="application/json")


@app.post("/resize")
async def resize(request: Request, width: int) -> Response:
    """The picture, as wide as that."""
    picture = await plugins.aio.call("resize", "resize", await body(request), max(0, width))
    size = {"x-width": str(picture.width), "x-height": str(picture.height)}
    return Response(picture.data, media_type=picture.media_type, headers=size)


@app.get("/plugins")
async def listed() -> dict[str, Any]:
    """What is loaded, what it did so far, and what could not be loaded."""
    if any(plugin.digest not in described for plugin in plugins.values()):
        for outcome in await about.aio():
            described[plugins[outcome.plugin].digest] = outcome.value or f"does not say: {outcome.error}"
    now = time.time()
    return {
        "plugins": [
            {
                "name": name,
                "about": described.get(figures["digest"], ""),
                "digest": figures["digest"],
                "age": now - figures["loaded"],
                "loads": figures["loads"],
                "calls": figures["calls"],
                "failed": sum(figures["failed"].values()),
                "refused": sum(figures["refused"].values()),
                "seconds": figures["seconds"]["sum"],
            }
            for name, figures in plugins.metrics().items()
        ],
        "problems": {name: problem.message for name, problem in plugins.problems.items()},
    }


@app.get("/metrics")
async def metrics(request: Request) -> Response:
    """For Prometheus."""
    text, content_type = plugins.exposition(request.headers.get("accept", ""))
    return Response(text, headers={"content-type": content_type})


@app.exception_handler(atoll.GuestError)
async def guest_error(request: Request, error: atoll.GuestError) -> JSONResponse:
    """What a plugin says is wrong with what it got."""
    return JSONResponse({"error": str(error.payload)}, 422)


@app.exception_handler(atoll.QuotaExceeded)
async def quota_exceeded(request: Request, error: atoll.QuotaExceeded) -> JSONResponse:
    """Too many calls: when to come again."""
    return JSONResponse({"error": str(error)}, 429, {"retry-after": str(int(error.retry_after or 0) + 1)})


@app.exception_handler(atoll.CallFailed)
async def call_failed(request: Request, error: atoll.CallFailed) -> JSONResponse:
    """A plugin crashed, or wanted too much. Nobody else is harmed."""
    return JSONResponse({"error": str(error), "code": error.code}, 502)


@app.exception_handler(atoll.PluginUnknown)
async def plugin_unknown(request: Request, error: atoll.PluginUnknown) -> JSONResponse:
    """There is no such plugin, or it could not be loaded."""
    return JSONResponse({"error": str(error)}, 503)


async def body(request: Request) -> bytes:
    """What was sent, if it is not too much."""
    parts = bytearray()
    async for part in request.stream():
        parts += part
        if len(parts) > MOST_BYTES:
            raise HTTPException(413, f"more than {MOST_BYTES} bytes")
    return bytes(parts)
