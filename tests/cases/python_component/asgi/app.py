"""A Starlette application."""

import asyncio
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app):
    print("startup")
    yield {"name": "Ada"}
    print("shutdown")


async def hello(request):
    return PlainTextResponse(f"{request.method} {request.url.path} {request.query_params['a']} {request.state.name}")


def plain(request):
    return PlainTextResponse("from a plain function")


async def echo(request):
    async def pieces():
        async for piece in request.stream():
            yield piece

    return StreamingResponse(pieces())


async def ticks(request):
    async def pieces():
        for n in range(3):
            yield f"{n}\n"
            await asyncio.sleep(0.3)

    return StreamingResponse(pieces())


async def later(request):
    async def work():
        await asyncio.sleep(0.2)
        print("the task ended")

    request.state.task = asyncio.create_task(work())
    return PlainTextResponse("soon", background=BackgroundTask(lambda: print("the background task ran")))


async def timeout(request):
    try:
        async with asyncio.timeout(0.05):
            await asyncio.sleep(60)
    except TimeoutError:
        return PlainTextResponse("timed out")


async def both(request):
    slept = await asyncio.gather(*(asyncio.sleep(0.2, n) for n in range(10)))
    return PlainTextResponse(str(sum(slept)))


async def fails(request):
    raise ValueError("as asked")


async def stuck(request):
    await asyncio.get_running_loop().create_future()


PATHS = [hello, plain, echo, ticks, later, timeout, both, fails, stuck]
app = Starlette(
    routes=[Route(f"/{path.__name__}", path, methods=["GET", "POST"]) for path in PATHS],
    lifespan=lifespan,
)


async def bare(scope, receive, send):
    """An application that knows nothing of lifespans."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"bare"})
