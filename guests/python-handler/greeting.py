"""Greets whom an event of API Gateway names, in either format."""

import json


def answered(text: str) -> str:
    """The response to an event, both as JSON."""
    event = json.loads(text)
    name = (event.get("queryStringParameters") or {}).get("name", "world")
    if name == "raise":
        raise RuntimeError("as asked")
    return json.dumps({"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": f"Hello, {name}!"})
