"""Failed calls, told as the data plane tells them."""

import json
from typing import Any


def told(lines: str = "", **more: Any) -> str:
    """A failed call of the component `web`, which wrote these lines."""
    written = [{"component": "web", "request": 31, "source": "stderr", "text": line} for line in lines.split("\n")]
    document = {
        "number": "1f",
        "method": "GET",
        "uri": "/people?name=Ada",
        "accept": "*/*",
        "component": "web",
        "status": 500,
        "code": "guest-trapped",
        "message": "the guest trapped: wasm trap: wasm `unreachable` instruction executed",
        "stack": [],
        "lines": written,
    }
    return json.dumps({**document, **more})
