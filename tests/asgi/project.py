"""A Django project in one module, with the kitchen below a path of it: for the test client, WSGI and ASGI servers."""

from typing import Any

import django
from django.conf import settings

if not settings.configured:
    settings.configure(
        DEBUG=False,
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.asgi.project",
        MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
        INSTALLED_APPS=[],
        LOGGING_CONFIG=None,
    )
    django.setup()

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

import atoll.django
from tests.support import built


def own(_request: HttpRequest) -> HttpResponse:
    """A view of the project's own."""
    return HttpResponse("own")


kitchen: Any = atoll.asgi(built("rust-kitchen"))
urlpatterns = [
    path("own", own),
    atoll.django.mount("guests/", kitchen),
    atoll.django.mount("blocking/", kitchen, is_async=False),
    path("request", atoll.django.view(kitchen)),
    atoll.django.mount("bare", kitchen, name="bare"),
    path("nested/", include([atoll.django.mount("deep/", kitchen)])),
    path("tenants/<str:tenant>/<path:path>", atoll.django.sync_view(kitchen)),
]


def passing(get_response: Any) -> Any:
    """Middleware that knows no event loops."""

    def answer(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = get_response(request)
        response["x-passed"] = "1"
        return response

    return answer


asgi = get_asgi_application()
wsgi = get_wsgi_application()
