"""Does in a room what the path says, such as `/key-value/get?store=default&key=a`. 404 stands for nothing, 500 for an error."""

from urllib.parse import parse_qs, urlsplit

import sql
from spin_sdk import http, key_value, llm, variables
from spin_sdk.http import Request, Response
from spin_sdk.wit.imports import fermyon_spin_sqlite as sqlite  # the SDK's own module names another one
from spin_sdk.wit.types import Err


class IncomingHandler(http.IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        target = urlsplit(request.uri)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        room, _, what = target.path.strip("/").partition("/")
        try:
            if room == "llm":
                answer = on_model(what, query["model"], (request.body or b"").decode())
            elif room == "variables":
                answer = variables.get(query["name"]).encode()
            elif room in sql.SERVERS:
                answer = sql.done(room, what, query["address"], request.body or b"")
            elif room == "sqlite":
                answer = on_database(query["db"], (request.body or b"").decode())
            else:
                answer = on_store(what, query, request.body or b"")
        except Err as error:
            return Response(500, {}, repr(error.value).encode())
        return Response(404, {}, b"") if answer is None else Response(200, {}, answer)


def on_model(what: str, model: str, text: str) -> bytes:
    if what == "embed":
        found = llm.generate_embeddings(model, text.splitlines())
        return f"{found.usage.prompt_token_count} {found.embeddings}".encode()
    made = llm.infer(model, text)
    return f"{made.usage.prompt_token_count} {made.usage.generated_token_count} {made.text}".encode()


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


def on_database(label: str, script: str) -> bytes:
    """As `rust-rooms` does it, without what the SDK lacks."""
    told = []
    with sqlite.Connection.open(label) as connection:
        for line in script.splitlines():
            statement, *parameters = line.split("\t")
            try:
                answer = connection.execute(statement, [parameter(text) for text in parameters])
            except Err as error:
                told.append(f"error\t{error.value!r}")
                continue
            told.append("\t".join(["columns", *answer.columns]))
            told += ("\t".join(["row", *map(cell, row.values)]) for row in answer.rows)
    return "\n".join(told).encode()


def parameter(text: str) -> object:
    kind, _, rest = text.partition(":")
    match kind:
        case "i":
            return sqlite.Value_Integer(int(rest))
        case "r":
            return sqlite.Value_Real(float(rest))
        case "t":
            return sqlite.Value_Text(rest)
        case "b":
            return sqlite.Value_Blob(rest.encode())
    return sqlite.Value_Null()


def cell(value: object) -> str:
    match value:
        case sqlite.Value_Integer(integer):
            return f"i:{integer}"
        case sqlite.Value_Real(real):
            return f"r:{real}"
        case sqlite.Value_Text(text):
            return f"t:{text}"
        case sqlite.Value_Blob(blob):
            return f"b:{blob.decode()}"
    return "n:"
