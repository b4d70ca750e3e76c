"""For tests of apps: a real `atoll up` on a free port.

with up("path/to/spin.toml") as app:
    assert httpx.get(app.url + "/").status_code == 200
"""

from atoll.testing.serving import Up, up

__all__ = ["Up", "up"]
