"""Makes the exports of a component out of the user's module, and says in a file what stands against it."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

from atoll_guest.build import absent, sources, whole
from atoll_guest.build.compiling import compiled
from atoll_guest.build.printing import captured
from atoll_guest.build.problems import Unusable, described
from atoll_guest.build.settling import plug, settle

__all__ = ("made",)


def made(settings: dict[str, Any]) -> dict[str, Any]:
    """The classes that componentize-py looks for, by name. Ends the build where the module cannot be used."""
    with captured() as printed:
        try:
            exports = _made(settings)
            report: dict[str, Any] = {}
        except BaseException as error:
            report = described(error, settings)
    with open(settings["report"], "w", encoding="utf-8") as file:
        json.dump({**report, "printed": printed.getvalue().decode("utf-8", "replace")}, file)
    if report:
        raise SystemExit(1)
    settle()
    return exports


def _made(settings: dict[str, Any]) -> dict[str, Any]:
    code = compiled(settings)
    plug()
    recorder = whole.Recorder()
    recorder.install()
    absent.install()
    sources.install(settings["projects"], [settings["library"], *settings["packages"]], code, recorder.record)
    if settings["asynchronous"]:
        from atoll_guest.build import looping

        looping.install()
    # Uncaught exceptions are formatted by it, in the sandbox too.
    importlib.import_module("traceback")
    module = importlib.import_module(settings["module"])
    for name in settings["modules"]:
        _import_later(name)
    if "anyio" in sys.modules:
        importlib.import_module("atoll_guest.build.inline")
    exports = _FORMS[settings["form"]](module, settings)
    whole.import_packages([*settings["projects"], *settings["packages"]], recorder)
    if "anyio" in sys.modules:
        importlib.import_module("atoll_guest.build.inline")
    if "importlib.metadata" in sys.modules:
        from atoll_guest.build.metadata import KeptDistributions

        sys.meta_path.append(KeptDistributions(settings["packages"]))
    sys.meta_path.append(absent.Explaining())
    sys.pycache_prefix = None
    return exports


def _import_later(name: str) -> None:
    """Import what the project imports somewhere; whether it can do without is for the place that does to say."""
    try:
        importlib.import_module(name)
    except Exception as error:
        print(f"warning: {name} cannot be imported, and will not be there: {type(error).__name__}: {error}")


def _http(module: Any, settings: dict[str, Any]) -> dict[str, Any]:
    from inspect import iscoroutinefunction

    from atoll_guest.messages.handling import registered
    from atoll_guest.serve import handler

    if len(registered) != 1:
        raise Unusable("handler-missing" if not registered else "handler-ambiguous", settings["shown"])
    user = registered[0]
    serve = handler.serve_soon if iscoroutinefunction(user) else handler.serve
    return _handling(lambda request, out: serve(user, request, out))


def _asgi(module: Any, settings: dict[str, Any]) -> dict[str, Any]:
    from atoll_guest.loop import own
    from atoll_guest.serve import asgi

    application = _application(module, settings)
    own()
    return _handling(lambda request, out: asgi.serve(application, request, out))


def _wsgi(module: Any, settings: dict[str, Any]) -> dict[str, Any]:
    from atoll_guest.serve import wsgi

    application = _application(module, settings)
    return _handling(lambda request, out: wsgi.serve(application, request, out))


def _command(module: Any, settings: dict[str, Any]) -> dict[str, Any]:
    from atoll_guest.serve import command

    run: Any = _script(module, settings) if settings["scripts"] else getattr(module, "main", None)
    if not callable(run):
        raise Unusable("command-missing", settings["shown"])

    class Run:
        def run(self) -> None:
            command.run(run)

    return {"Run": Run}


def _plugin(module: Any, settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


_FORMS: dict[str, Callable[[Any, dict[str, Any]], dict[str, Any]]] = {
    "http": _http,
    "asgi": _asgi,
    "wsgi": _wsgi,
    "command": _command,
    "plugin": _plugin,
}


def _handling(serve: Callable[[Any, Any], None]) -> dict[str, Any]:
    class IncomingHandler:
        def handle(self, request: Any, response_out: Any) -> None:
            serve(request, response_out)

    return {"IncomingHandler": IncomingHandler}


def _application(module: Any, settings: dict[str, Any]) -> Any:
    """What `module:attribute` names; parts of it may be called, as in `app:create_app()`."""
    name = settings["attribute"]
    found = module
    for part in name.removesuffix("()").split("."):
        found = getattr(found, part, None)
    if name.endswith("()") and callable(found):
        found = found()
    if not callable(found):
        raise Unusable("application-missing", settings["shown"])
    return found


def _script(module: Any, settings: dict[str, Any]) -> Callable[[], None]:
    """What stands under `if __name__ == "__main__":`, to be run in its module; each part is its first line and its text."""
    codes = [compile("\n" * (line - 1) + text, settings["shown"], "exec") for line, text in settings["scripts"]]

    def run() -> None:
        module.__name__ = "__main__"
        sys.modules["__main__"] = module
        for code in codes:
            exec(code, vars(module))

    return run
