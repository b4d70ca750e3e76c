"""An app below a path of a Django project.

urlpatterns = [atoll.django.mount("guests/", "path/to/spin.toml")]

Under ASGI, Django has read a request's body before it calls a view; under WSGI the body is streamed. Answers are
streamed under both.
"""

from atoll.django.views import App, mount, sync_view, view

__all__ = ["App", "mount", "sync_view", "view"]
