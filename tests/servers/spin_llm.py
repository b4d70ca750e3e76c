"""The API that Spin asks for models (`POST /infer`, `POST /embed`), as its client speaks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.servers.served import Asked, Said, Served, served

TOKEN = "token-of-the-test"


def answer(asked: Asked) -> Said:
    """Models `tiny` and `vectors`: the text is the prompt backwards, a vector counts letters."""
    if asked.headers.get("authorization") != f"bearer {TOKEN}":
        return Said(401, {"error": f"this is not it: {asked.headers.get('authorization')}"})
    body = asked.json
    match asked.path, body["model"]:
        case "/infer", "tiny":
            return Said(body=_infer(body))
        case "/embed", "vectors":
            return Said(body=_embed(body))
    return Said(404, {"error": {"message": "no such model", "code": "model_not_found"}})


def _infer(body: dict[str, Any]) -> dict[str, Any]:
    text = body["prompt"][::-1][: body["options"]["maxTokens"]]
    return {"text": text, "usage": {"promptTokenCount": len(body["prompt"]), "generatedTokenCount": len(text)}}


def _embed(body: dict[str, Any]) -> dict[str, Any]:
    vectors = [
        [float(text.count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz0123456789"] for text in body["input"]
    ]
    return {"embeddings": vectors, "usage": {"promptTokenCount": sum(map(len, body["input"]))}}


@contextmanager
def spin_llm() -> Iterator[Served]:
    """A running server."""
    with served(answer) as server:
        yield server
