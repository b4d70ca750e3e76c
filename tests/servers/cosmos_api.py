"""The part of Azure Cosmos DB's REST API that a key-value store uses, as its documentation has it.

There is no Cosmos DB to be had without an account. This server checks what a real one checks: the signature, the
partition key, the ids, the size of items, ETags; it cannot know what is not documented.
"""

import base64
import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Iterable
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, run_simple

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

KEY = base64.b64encode(b"key-of-the-test" * 4).decode()
_CONTAINER = "/dbs/things/colls/store"
_ITEM = 2 * 1024 * 1024


class Account:
    """An account with the database `things` and, partitioned by `/id`, the container `store`."""

    def __init__(self, port: int) -> None:
        self._items: dict[str, dict[str, object]] = {}
        self._url = f"http://127.0.0.1:{port}/"
        self._lock = threading.Lock()
        self._etags = count(1)

    def application(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == "/":
            return self._account()
        if request.path == "/items":
            # Not of the API: for tests that look at what is stored, or store it themselves.
            return self._raw(request)
        if not _signed(request):
            return _said(401, {"code": "Unauthorized", "message": "The input authorization token can't serve."})
        if not request.path.startswith(_CONTAINER):
            return _said(404, {"code": "NotFound", "message": "Owner resource does not exist"}, substatus="1003")
        match request.path.removeprefix(_CONTAINER).strip("/").split("/", 1):
            case [""]:
                partition = {"paths": ["/id"], "kind": "Hash", "version": 2}
                return _said(200, {"id": "store", "_rid": "AAAAAA==", "_self": "x", "partitionKey": partition})
            case ["pkranges"]:
                ranges = [{"id": "0", "_rid": "AAAAAB==", "minInclusive": "", "maxExclusive": "FF"}]
                return _said(200, {"_rid": "AAAAAA==", "PartitionKeyRanges": ranges, "_count": 1})
            case ["docs"] if request.headers.get("x-ms-documentdb-isquery", "").lower() == "true":
                return self._query(request)
            case ["docs"]:
                with self._lock:
                    return self._stored(request)
            case ["docs", key]:
                with self._lock:
                    return self._item(request, key)
        return _said(400, {"code": "BadRequest", "message": "not served here"})

    def _account(self) -> Response:
        here = [{"name": "Here", "databaseAccountEndpoint": self._url}]
        policy = {"defaultConsistencyLevel": "Session"}
        return _said(
            200,
            {
                "id": "account",
                "writableLocations": here,
                "readableLocations": here,
                "enableMultipleWriteLocations": False,
                "userConsistencyPolicy": policy,
            },
        )

    def _raw(self, request: Request) -> Response:
        if request.method == "PUT":
            self._put(200, json.loads(request.data))
        return _said(200, self._items)

    def _query(self, request: Request) -> Response:
        if json.loads(request.data)["query"] != "SELECT c.id FROM c":
            return _said(400, {"code": "BadRequest", "message": "Syntax error"})
        start = int(request.headers.get("x-ms-continuation") or 0)
        end = start + int(request.headers.get("x-ms-max-item-count") or 100)
        keys = sorted(self._items)
        more = {"x-ms-continuation": str(end)} if end < len(keys) else {}
        found = [{"id": key} for key in keys[start:end]]
        return _said(200, {"_rid": "AAAAAA==", "Documents": found, "_count": len(found)}, **more)

    def _stored(self, request: Request) -> Response:
        item = json.loads(request.data)
        if refusal := _refusal(request, item["id"]):
            return refusal
        upsert = request.headers.get("x-ms-documentdb-is-upsert", "").lower() == "true"
        if item["id"] in self._items and not upsert:
            return _said(409, {"code": "Conflict", "message": "Entity with the specified id already exists."})
        return self._put(201, item)

    def _item(self, request: Request, key: str) -> Response:
        if refusal := _refusal(request, key):
            return refusal
        if key not in self._items:
            return _said(404, {"code": "NotFound", "message": "Entity with the specified id does not exist."})
        wanted = request.headers.get("if-match")
        if wanted not in (None, "*", self._items[key]["_etag"]):
            return _said(412, {"code": "PreconditionFailed", "message": "One of the specified conditions is not met."})
        match request.method:
            case "GET":
                return _said(200, self._items[key])
            case "PUT":
                return self._put(200, json.loads(request.data))
            case "DELETE":
                del self._items[key]
                return Response(status=204)
        return _said(405, {"code": "MethodNotAllowed", "message": request.method})

    def _put(self, status: int, item: dict[str, object]) -> Response:
        self._items[str(item["id"])] = item | {"_etag": f'"{next(self._etags)}"', "_rid": "AAAAAC==", "_self": "x"}
        return _said(status, self._items[str(item["id"])])


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        pass


def _refusal(request: Request, key: str) -> Response | None:
    if len(request.data) > _ITEM:
        return _said(413, {"code": "RequestEntityTooLarge", "message": "Request size is too large"})
    if not key or any(character in key for character in "/\\?#") or len(key.encode()) > 1023:
        return _said(400, {"code": "BadRequest", "message": "The input name is invalid."})
    if json.loads(request.headers["x-ms-documentdb-partitionkey"]) != [key]:
        return _said(400, {"code": "BadRequest", "message": "PartitionKey extracted from document doesn't match"})
    return None


def _signed(request: Request) -> bool:
    """Whether the master key's signature of verb, resource and date is right."""
    given = {name: value[0] for name, value in parse_qs(unquote(request.headers["Authorization"])).items()}
    path = request.path.strip("/")
    parts = path.split("/")
    # `dbs/x/colls/y/docs/z` is of the type docs, and so is `dbs/x/colls/y/docs`, whose link is that of the container.
    kind, link = (parts[-2], path) if len(parts) % 2 == 0 else (parts[-1], "/".join(parts[:-1]))
    signed = f"{request.method.lower()}\n{kind}\n{link}\n{request.headers['x-ms-date'].lower()}\n\n"
    wanted = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
    # What the form decoding took for a space was a plus.
    return base64.b64encode(wanted).decode() == given.get("sig", "").replace(" ", "+")


def _said(status: int, body: object, substatus: str = "0", **headers: str) -> Response:
    answer = Response(json.dumps(body), status, content_type="application/json")
    answer.headers.update({"x-ms-substatus": substatus, "x-ms-request-charge": "1", "x-ms-session-token": "0:1#1"})
    answer.headers.update(headers)
    if isinstance(body, dict) and "_etag" in body:
        answer.headers["etag"] = body["_etag"]
    return answer


if __name__ == "__main__":
    port = int(sys.argv[1])
    run_simple("127.0.0.1", port, Account(port).application, threaded=True, request_handler=_Handler)
