"""The keys of an HTTP trigger, `[[trigger.http]]` and `[application.trigger.http]`.

Checked here is what the manifest alone can tell; routes are the data plane's to understand.
"""

import re
from collections.abc import Iterator
from typing import Annotated

from msgspec import Struct, field

from atoll.manifest.fields import Choice, Doc, known_keys
from atoll.manifest.model import Application, Trigger
from atoll.manifest.positions import Path
from atoll.manifest.read import INVALID, Reader

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\U0010ffff]*")


class PrivateRoute(Struct, kw_only=True):
    """No route: only other components of the app can call the component."""

    private: Annotated[bool, Choice((True,)), Doc("Always true.")]


class StaticResponse(Struct, kw_only=True):
    """An answer that needs no component."""

    status_code: Annotated[int, Doc("Status of the answer.")] = 200
    headers: Annotated[dict[str, str], Doc("Headers of the answer.")] = field(default_factory=dict)
    body: Annotated[str | None, Doc("Body of the answer.")] = None


class Executor(Struct, kw_only=True):
    """How the component is called."""

    type: Annotated[str, Choice(("http", "spin", "wagi")), Doc("The component's own HTTP interface, or WAGI (CGI).")]
    argv: Annotated[str, Doc("WAGI: arguments of the guest.")] = "${SCRIPT_NAME} ${ARGS}"
    entrypoint: Annotated[str, Doc("WAGI: function to call; only `_start` is left.")] = "_start"


class HttpTrigger(Struct, kw_only=True):
    """The keys of `[[trigger.http]]` beyond those of every trigger."""

    route: Annotated[str | PrivateRoute, Doc("Path to answer: exact, with `:name` parts, or ending in `/...`.")]
    static_response: Annotated[StaticResponse | None, Doc("An answer that needs no component.")] = None
    executor: Annotated[Executor | None, Doc("How the component is called.")] = None


class HttpApplication(Struct, kw_only=True):
    """The keys of `[application.trigger.http]`."""

    base: Annotated[str, Choice(("/",)), Doc("Gone; only `/` is left.")] = "/"


def check_trigger(trigger: Trigger, path: Path, reader: Reader) -> None:
    """Note what is wrong with an HTTP trigger."""
    known = known_keys(HttpTrigger)
    for name in (name for name in trigger.config if name not in known):
        reader.unknown_key(name, [*known_keys(Trigger), *known], (*path, name))
    read = reader.read(HttpTrigger, {name: one for name, one in trigger.config.items() if name in known}, path)
    if (trigger.component is None) == ("static_response" not in trigger.config):
        reader.note(
            "trigger-invalid",
            "an HTTP trigger must have either a `component` or a `static_response`",
            path,
            hint="add one, or remove one of the two",
        )
    for role in trigger.dependencies:
        if role != "middleware":
            reader.unknown_key(role, ["middleware"], (*path, "dependencies", role))
    if read is not INVALID and read.static_response is not None:
        for place, message in _wrong_response(read.static_response):
            reader.note("manifest-value-invalid", message, (*path, "static_response", *place))


def check_application(application: Application, reader: Reader) -> None:
    """Note what is wrong with the settings of all HTTP triggers."""
    if "http" in application.trigger:
        reader.read(HttpApplication, application.trigger["http"], ("application", "trigger", "http"))


def _wrong_response(response: StaticResponse) -> Iterator[tuple[Path, str]]:
    if not 200 <= response.status_code <= 599:
        yield ("status_code",), f"`status_code` must be between 200 and 599, not {response.status_code}"
    for name, value in response.headers.items():
        if not _HEADER_NAME.fullmatch(name):
            yield ("headers", name), f"`{name}` is not a header name"
        if not _HEADER_VALUE.fullmatch(value):
            yield ("headers", name), f"the value of the header `{name}` has characters that no header may have"
