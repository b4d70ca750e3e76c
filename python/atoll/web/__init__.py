"""Apps inside of a program's own web framework: answered in this process, without a socket between.

`asgi` makes an ASGI application of an app, which Starlette and FastAPI mount and every ASGI server serves.
"""

from atoll.web.mounted import Mounted, asgi

__all__ = ["Mounted", "asgi"]
