"""Does in a room what the path says, such as `/key-value/get?store=default&key=a`. 404 stands for nothing, 500 for an error."""

from urllib.parse import parse_qs, urlsplit

from spin_sdk import http, key_value, variables
from spin_sdk.http import Request, Response
from spin_sdk.wit.types import Err


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        target = urlsplit(request.uri)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        room, _, what = target.path.strip("/").partition("/")
        try:
            if room == "variables":
                answer = variables.get(query["name"]).encode()
            else:
                answer = on_store(what, query, request.body or b"")
        except Err as error:
            return Response(500, {}, repr(error.value).encode())
        return Response(404, {}, b"") if answer is None else Response(200, {}, answer)


def on_store(what: str, query: dict[str, str], body: bytes) -> bytes | None:
    key = query.get("key", "")
    with key_value.open(query["store"]) as store:
        match what:
            case "get":
                return store.get(key)
            case "set":
                store.set(key, body)
            case "delete":
                store.delete(key)
            case "exists":
                return str(store.exists(key)).encode()
            case "keys":
                return "\n".join(sorted(store.get_keys())).encode()
    return b""
