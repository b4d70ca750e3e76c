"""The events of a function: HTTP of both kinds becomes routes, everything else is refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from atoll.errors.meant import meant
from atoll.manifest.positions import Path
from atoll.manifest.read import INVALID, Reader
from atoll.serverless.cors import cors_of
from atoll.serverless.model import IGNORED, Cors, HttpApi, named

CODE = "serverless-event-unsupported"
DEFAULT = "$default"
"""The path of whatever has no other route."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_ANY = ("ANY", "*")
_PARAMETER = re.compile(r"\{(?P<name>[\w.:-]+)(?P<greedy>\+)?\}")
_TEXT = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%-]*")
_OTHERS = named(
    "activemq alb alexaSkill alexaSmartHome cloudFront cloudwatchEvent cloudwatchLog cognitoUserPool "
    "eventBridge iot iotFleetProvisioning kafka msk rabbitmq s3 schedule sns sqs stream websocket"
)


class Event(Struct, kw_only=True):
    """An event written as a mapping."""

    path: str
    method: str | None = None
    cors: Any = None
    integration: str | None = None
    private: bool = False
    authorizer: Any = None
    # YAML's `async` is a word of Python's.
    detached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way to a function: method (`*` for all), path with `{name}` and `{name+}`, version of its events."""

    payload: str
    method: str
    path: str
    cors: Cors | None

    @property
    def route(self) -> str:
        """The path as the manifest writes it."""
        if self.path == DEFAULT:
            return "/..."
        parts = []
        for index, part in enumerate(self.path.strip("/").split("/")):
            found = _PARAMETER.fullmatch(part)
            parts.append(part if found is None else "..." if found["greedy"] else f":p{index}")
        return "/" + "/".join(parts)


class Events:
    """Reads events, and notes what is wrong with them."""

    def __init__(self, reader: Reader, http_api: HttpApi) -> None:
        self._reader = reader
        self._http_api = http_api

    def read(self, events: list[Any], path: Path) -> Iterator[tuple[Path, Route]]:
        """The routes of one function, each with its place."""
        for index, event in enumerate(events):
            here = (*path, index)
            kind, value = self._kind(event, here)
            if kind is None:
                continue
            made = self._route(kind, value, (*here, kind))
            if made is not None:
                yield here, made

    def _kind(self, event: Any, path: Path) -> tuple[str | None, Any]:
        if isinstance(event, str):
            event = {event: "*"} if event == "httpApi" else {event: None}
        if not isinstance(event, dict) or not event:
            self._reader.note("manifest-type-wrong", "an event must be a mapping, such as `httpApi: GET /`", path)
            return None, None
        kind = next(iter(event))
        if len(event) > 1:
            others = ", ".join(f"`{name}`" for name in [*event][1:])
            self._reader.note(
                CODE, f"the event `{kind}` has {others} beside it", path, hint=f"indent them below `{kind}`"
            )
            return None, None
        if kind in ("http", "httpApi"):
            return kind, event[kind]
        if kind in _OTHERS:
            self._reader.note(
                CODE,
                f"atoll has no trigger for the event `{kind}`",
                (*path, kind),
                hint="events are `http` and `httpApi`; remove it, or keep it in a file of its own",
                key=True,
            )
        else:
            known = ("http", "httpApi", *_OTHERS)
            self._reader.note(CODE, f"there is no event `{kind}`", (*path, kind), hint=meant(kind, known), key=True)
        return None, None

    def _route(self, kind: str, value: Any, path: Path) -> Route | None:
        event = self._event(kind, value, path)
        if event is None:
            return None
        method = (event.method or "*").upper()
        if method not in (*METHODS, *_ANY):
            hint = meant(method, (*METHODS, "ANY"))
            self._reader.note("manifest-value-invalid", f"`{method}` is no method", (*path, "method"), hint=hint)
            return None
        route = self._path(event.path, kind, (*path, "path"))
        if route is None or self._refused(event, path):
            return None
        if kind == "http":
            cors = cors_of(event.cors, (*path, "cors"), self._reader)
        else:
            cors = cors_of(self._http_api.cors, ("provider", "httpApi", "cors"), self._reader)
        return Route(payload=self._payload(kind), method="*" if method in _ANY else method, path=route, cors=cors)

    def _payload(self, kind: str) -> str:
        if kind == "http" or self._http_api.payload in ("1.0", 1, "1"):
            return "1.0"
        return "2.0"

    def _event(self, kind: str, value: Any, path: Path) -> Event | None:
        """A short form, `GET /path` or `*`, or a mapping."""
        if isinstance(value, str):
            method, _, route = value.strip().rpartition(" ")
            return Event(path=route, method=method.strip() or None)
        if isinstance(value, dict):
            given = {name: one for name, one in value.items() if name not in IGNORED["event"] and one is not None}
            if "async" in given:
                given["detached"] = given.pop("async")
            read = self._reader.read(Event, given, path)
            return None if read is INVALID else read
        example = "GET users/{id}" if kind == "http" else "GET /users/{id}"
        self._reader.note(
            "manifest-type-wrong", f"`{kind}` must be a string or a mapping", path, hint=f"write `{kind}: {example}`"
        )
        return None

    def _refused(self, event: Event, path: Path) -> bool:
        """What the API gateway would do before the function. To leave out a check would open what should be closed."""
        refused = [
            (event.private, "private", "API keys are checked by a gateway, and atoll has none"),
            (event.authorizer, "authorizer", "authorizers are asked by a gateway, and atoll has none"),
            (event.detached, "async", "a function is called while its client waits"),
        ]
        for given, key, why in refused:
            if given:
                hint = "remove it, and check requests in the function or in middleware"
                self._reader.note(CODE, f"`{key}` cannot be kept: {why}", (*path, key), hint=hint)
                return True
        if event.integration not in (None, "lambda-proxy", "LAMBDA-PROXY", "aws_proxy", "AWS_PROXY"):
            hint = "remove `integration`, for `lambda-proxy` is what there is"
            self._reader.note(
                CODE, f"atoll knows no integration `{event.integration}`", (*path, "integration"), hint=hint
            )
            return True
        return False

    def _path(self, text: str, kind: str, path: Path) -> str | None:
        if kind == "httpApi" and text in ("*", "$default"):
            return DEFAULT
        if kind == "httpApi" and not text.startswith("/"):
            self._reader.note("manifest-value-invalid", "the path of `httpApi` must begin with `/`", path)
            return None
        parts = text.strip("/").split("/")
        for index, part in enumerate(parts):
            found = _PARAMETER.fullmatch(part)
            if found is None and not _TEXT.fullmatch(part):
                why = f"`{part}` is neither text nor one parameter, such as `{{id}}`"
            elif found and found["greedy"] and index + 1 < len(parts):
                why = f"`{part}` takes the rest of the path, and has to be its end"
            elif found is None and (part.startswith(":") or part in ("*", "...")):
                why = f"`{part}` means something else in routes of atoll"
            else:
                continue
            self._reader.note("manifest-value-invalid", f"the path `{text}` cannot be served: {why}", path)
            return None
        return "/" + "/".join(parts)
