"""Does in a room what the path says, such as `/key-value/get?store=default&key=a`. 404 stands for nothing, 500 for an error."""

from urllib.parse import parse_qs, urlsplit

import sql
from componentize_py_types import Err
from spin_sdk import http, key_value, llm, sqlite, variables
from spin_sdk.http import Request, Response
from spin_sdk.wit.imports.spin_sqlite_sqlite_3_1_0 import Value_Null


class HttpHandler(http.Handler):
    async def handle_request(self, request: Request) -> Response:
        target = urlsplit(request.uri)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        room, _, what = target.path.strip("/").partition("/")
        try:
            if room == "llm":
                answer = on_model(what, query["model"], (request.body or b"").decode())
            elif room == "variables":
                answer = (await variables.get(query["name"])).encode()
            elif room in sql.SERVERS:
                answer = await sql.done(room, what, query["address"], request.body or b"")
            elif room == "sqlite":
                answer = await on_database(query["db"], (request.body or b"").decode())
            else:
                answer = await on_store(what, query, request.body or b"")
        except Err as error:
            return Response(500, {}, repr(error.value).encode())
        return Response(404, {}, b"") if answer is None else Response(200, {}, answer)


def on_model(what: str, model: str, text: str) -> bytes:
    if what == "embed":
        found = llm.generate_embeddings(model, text.splitlines())
        return f"{found.usage.prompt_token_count} {found.embeddings}".encode()
    made = llm.infer(model, text)
    return f"{made.usage.prompt_token_count} {made.usage.generated_token_count} {made.text}".encode()


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


async def on_database(label: str, script: str) -> bytes:
    """As `rust-rooms` does it. `@first` leaves rows unread, `@between ONE @do OTHER` runs another statement meanwhile."""
    told = []
    with await sqlite.Connection.open(label) as connection:
        for line in script.splitlines():
            what, _, rest = line.partition(" ")
            try:
                match what:
                    case "@rowid":
                        told += ["columns", f"row\ti:{await connection.last_insert_rowid()}"]
                    case "@changes":
                        told += ["columns", f"row\ti:{await connection.changes()}"]
                    case "@first":
                        told += [f"columns\t{await first(connection, rest)}"]
                    case "@between":
                        told += await between(connection, *rest.split(" @do "))
                    case _:
                        told += await ran(connection, line)
            except Err as error:
                told.append(f"error\t{error.value!r}")
    return "\n".join(told).encode()


async def ran(connection: sqlite.Connection, line: str) -> list[str]:
    statement, *parameters = line.split("\t")
    columns, stream, ended = await connection.execute(statement, [parameter(text) for text in parameters])
    told = ["\t".join(["columns", *columns])]
    with stream, ended:
        while rows := await stream.read(100):
            told += ("\t".join(["row", *map(cell, row.values)]) for row in rows)
        result = await ended.read()
    if isinstance(result, Err):
        raise result
    return told


async def first(connection: sqlite.Connection, statement: str) -> int:
    """Reads one row, and leaves the others."""
    _, stream, ended = await connection.execute(statement, [])
    with stream, ended:
        return len(await stream.read(1))


async def between(connection: sqlite.Connection, statement: str, other: str) -> list[str]:
    """Runs another statement while the rows of one come."""
    _, stream, ended = await connection.execute(statement, [])
    count = 0
    with stream, ended:
        while rows := await stream.read(1000):
            count += len(rows)
            await ran(connection, other)
    return ["columns", f"row\ti:{count}"]


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
    return Value_Null()


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
