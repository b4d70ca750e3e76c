"""An asynchronous handler that uses what it may be granted; the path says what."""

import asyncio

from atoll_guest import config, key_value, sqlite, variables
from atoll_guest.errors import Refused
from atoll_guest.http import HttpError, HttpTimeout, Request, Response, get, handler, post
from atoll_guest.http import request as ask


@handler
async def handle(request: Request) -> Response:
    try:
        return await answer(request)
    except Refused as refused:
        return Response.text(f"refused: {refused}", 403)
    except HttpTimeout as late:
        return Response.text(f"late: {late}", 504)
    except HttpError as failed:
        return Response.text(f"failed: {failed}", 502)


async def answer(request: Request) -> Response:
    url = request.query.get("url", "")
    match "/" + request.path.rpartition("/")[2]:
        case "/get":
            answer = await get(url)
            return Response(answer.status, {"x-kind": answer.headers["content-type"]}, await answer.read())
        case "/blocking":
            answer = get(url)
            return Response.text(f"{answer.status} {answer.text()}")
        case "/both":
            first, second = await asyncio.gather(get(url), get(url))
            return Response.text(f"{first.text()}{second.text()}")
        case "/late":
            return Response(body=await get(url, timeout=0.2).read())
        case "/pass":
            return Response(body=await ask("PUT", url, body=[await request.read()]).read())
        case "/post":
            return Response(body=await post(url, json={"a": "ä"}).read())
        case "/stream":
            return Response(body=pieces(url))
        case "/count":
            with key_value.open() as store:
                count = int(store.get("count") or 0) + 1
                store.set("count", str(count))
                told = [store.exists("count"), store.keys()]
                store.delete("count")
                return Response.json([count, *told, store.get("count")])
        case "/other-store":
            key_value.open("other")
        case "/variable":
            return Response.json([variables.get("color"), variables.get("absent", "none"), config.get("color")])
        case "/variable-unknown":
            try:
                variables.get("absent")
            except variables.VariableUnknown as unknown:
                return Response.text(str(unknown), 404)
        case "/rows":
            with sqlite.open() as database:
                database.execute("CREATE TABLE pets (name TEXT, age INTEGER, size REAL, data BLOB)")
                database.execute("INSERT INTO pets VALUES (?, ?, ?, ?)", ["Ada", 3, 1.5, b"\0"])
                found = database.execute("SELECT name, age, size, NULL AS absent FROM pets")
                return Response.json(
                    [database.last_insert_rowid, database.changes, found.columns, found.rows, found.dicts()]
                )
        case "/statement":
            with sqlite.open() as database:
                try:
                    database.execute("SELEKT")
                except sqlite.SqliteError as error:
                    return Response.text(str(error))
        case "/other-database":
            sqlite.open("other")
    return Response.text("no such page\n", 404)


async def pieces(url):
    async for piece in (await get(url)).stream:
        yield piece
