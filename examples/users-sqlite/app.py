import json
from typing import Any

from componentize_py_types import Err
from database import Users
from spin_sdk import http, sqlite
from spin_sdk.http import Request, Response


class HttpHandler(http.Handler):
    async def handle_request(self, request: Request) -> Response:
        with await sqlite.Connection.open_default() as connection:
            users = Users(connection)
            await users.migrate()
            _, _, id = request.uri.partition("?")[0].strip("/").partition("/")
            match request.method, id:
                case "GET", "":
                    return answer(200, [user._asdict() for user in await users.all()])
                case "POST", "":
                    return await created(users, request.body or b"")
                case "GET", id if id.isdecimal():
                    user = await users.find(int(id))
                    return answer(200, user._asdict()) if user else missing(id)
                case "DELETE", id if id.isdecimal():
                    return Response(204, {}, b"") if await users.remove(int(id)) else missing(id)
        return answer(404, {"error": "there is /users and /users/ID"})


async def created(users: Users, body: bytes) -> Response:
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        return answer(400, {"error": "send an object with a `name`, and an `email` if there is one"})
    email = given.get("email")
    if email is not None and not isinstance(email, str):
        return answer(400, {"error": "`email` must be a text"})
    try:
        user = await users.add(given["name"], email)
    except Err as error:
        if "UNIQUE" in repr(error.value):
            return answer(409, {"error": f"{email} is somebody's already"})
        raise
    return answer(201, user._asdict(), {"location": f"/users/{user.id}"})


def missing(id: str) -> Response:
    return answer(404, {"error": f"there is no user {id}"})


def answer(status: int, value: Any, headers: dict[str, str] = {}) -> Response:
    return Response(status, {"content-type": "application/json", **headers}, json.dumps(value).encode())
