"""A `serverless.yml` in a test."""

from pathlib import Path

from atoll.app import App
from atoll.errors import AtollError, Problems
from tests.support import built

HEAD = "service: shop\nprovider: {name: aws, runtime: wasm}\n"
ONE = "functions:\n  one:\n    handler: one.wasm\n    events:\n      - httpApi: GET /one\n"


def load(folder: Path, text: str, **files: str) -> App:
    """The app of this text; `files` lie beside it, `_` standing for a dot."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    file = folder / "serverless.yml"
    file.write_text(text, "utf-8")
    return App.load(file)


def problems(folder: Path, text: str) -> list[AtollError]:
    """What is wrong with this text, in its order."""
    try:
        load(folder, text)
    except Problems as several:
        return list(several.problems)
    except AtollError as one:
        return [one]
    return []


def write(folder: Path, text: str) -> Path:
    """The file in that folder; `<NAME>` becomes the path of that guest."""
    for name in [part.partition(">")[0] for part in text.split("<")[1:]]:
        text = text.replace(f"<{name}>", str(built(name)))
    file = folder / "serverless.yml"
    file.write_text(text, "utf-8")
    return file
