"""Does in a room what the path says, such as `/key-value/get?store=default&key=a`. 404 stands for nothing, 500 for an error."""

from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err
from spin_sdk import http, key_value, variables
from spin_sdk.http import Request, Response


class HttpHandler(http.Handler):
    async def handle_request(self, request: Request) -> Response:
        target = urlsplit(request.uri)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        room, _, what = target.path.strip("/").partition("/")
        try:
            if room == "variables":
                answer = (await variables.get(query["name"])).encode()
            else:
                answer = await on_store(what, query, request.body or b"")
        except Err as error:
            return Response(500, {}, repr(error.value).encode())
        return Response(404, {}, b"") if answer is None else Response(200, {}, answer)


async def on_store(what: str, query: dict[str, str], body: bytes) -> bytes | None:
    key = query.get("key", "")
    with await key_value.open(query["store"]) as store:
        match what:
            case "get":
                return await store.get(key)
            case "set":
                await store.set(key, body)
            case "delete":
                await store.delete(key)
            case "exists":
                return str(await store.exists(key)).encode()
            case "keys":
                return await keys(store)
    return b""


async def keys(store: key_value.Store) -> bytes:
    stream, ended = await store.get_keys()
    found = []
    with stream, ended:
        while page := await stream.read(100):
            found += page
        await ended.read()
    return "\n".join(sorted(found)).encode()
