"""Apps whose own interfaces are answered by a Python object in a module beside the manifest."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpx

from atoll.testing import Up, up
from tests.support import answering, write_app


class Ask(Protocol):
    """POST to a path; the body, with the status where it is not 200."""

    def __call__(self, path: str, content: bytes = b"") -> str: ...


def manifest(folder: Path, guest: str, source: str, imports: dict[str, str], keys: str = "") -> Path:
    """An app of one guest, whose imports are answered by objects of the module `answers` with this source."""
    (folder / "answers.py").write_text(source)
    lines = "".join(f'"{interface}" = "{reference}"\n' for interface, reference in imports.items())
    return write_app(folder, answering(guest) + keys + f"[application.tool.atoll.imports]\n{lines}")


def path_of_modules(folder: Path) -> dict[str, str]:
    """The environment in which modules of the folder are found."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}


@contextmanager
def served(file: Path) -> Iterator[tuple[Ask, Up]]:
    """The app, served by one worker."""
    with up(file, "--workers", "1", env=path_of_modules(file.parent)) as app:

        def ask(path: str, content: bytes = b"") -> str:
            answer = httpx.post(app.url + path, content=content, timeout=60)
            return answer.text if answer.status_code == 200 else f"{answer.status_code} {answer.text}"

        yield ask, app
