"""Views that an app answers, and the pattern that leads to one."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from atoll.django.answers import streamed, streamed_async, whole
from atoll.django.exchange import Exchange
from atoll.django.requests import Body, is_asgi, scope_of
from atoll.web import Mounted, asgi
from atoll.web.loaded import Path

App = Mounted | Path


def mount(route: str, app: App, *, is_async: bool = True, name: str | None = None) -> URLPattern:
    """Lead every path below `route` to the app, whether a slash stands at its end or not.

    The view is async, which serves under ASGI and under WSGI; `is_async=False` makes one that costs less under WSGI.
    Raises what `atoll.asgi` raises.
    """
    answers = (view if is_async else sync_view)(app)
    below = f"{re.escape(route.rstrip('/'))}/" if route else ""
    # A path may hold line breaks, which a dot and a dollar sign do not see.
    return re_path(rf"^{below}(?P<path>(?s:.*))\Z", answers, name=name)


def view(app: App) -> Callable[..., Coroutine[Any, Any, HttpResponseBase]]:
    """An async view that answers with the app.

    Of the request's path, the app sees what the pattern captures as `path`; all of it, if it captures nothing. Guests
    look after forged requests themselves: the view has no CSRF check. Raises what `atoll.asgi` raises.
    """
    mounted = _mounted(app)

    @csrf_exempt
    async def answer(request: HttpRequest, path: str | None = None, **_captured: object) -> HttpResponseBase:
        begun = _begin(mounted, request, path)
        if isinstance(begun, list):
            return whole(begun)
        if not is_asgi(request):
            # The loop that runs here ends with this view: what follows is waited for on the thread.
            return streamed(begun)
        return await streamed_async(begun)

    return answer


def sync_view(app: App) -> Callable[..., HttpResponseBase]:
    """The same as a view that blocks its thread until the answer begins: for WSGI servers."""
    mounted = _mounted(app)

    @csrf_exempt
    def answer(request: HttpRequest, path: str | None = None, **_captured: object) -> HttpResponseBase:
        begun = _begin(mounted, request, path)
        return whole(begun) if isinstance(begun, list) else streamed(begun, on_loop=is_asgi(request))

    return answer


def _mounted(app: App) -> Mounted:
    return app if isinstance(app, Mounted) else asgi(app)


def _begin(mounted: Mounted, request: HttpRequest, path: str | None) -> list[Any] | Exchange:
    """The messages of an answer that is here already, else the exchange that gives them."""
    body = Body(request)
    answer = mounted.ask(scope_of(request, path), body.whole)
    return answer if isinstance(answer, list) else Exchange(answer, body)
