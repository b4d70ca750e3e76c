"""Builds the site of the docs into build/site, from docs/ and the pages that live beside what they describe.

The generator reads one folder, so the pages are gathered in build/docs: `docs` as it is, each capability's README, each
example's. A link to a file of the repository that is no page leads to a page that shows the file. A link that leads
nowhere is an error.
"""

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GATHERED = ROOT / "build" / "docs"
_HIDDEN = re.compile(r"^<!--.*?-->\n", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^( *```.*?^ *```$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")
# Headings of one name: elsewhere they are counted with a hyphen, by the generator with an underscore.
_COUNTED = re.compile(r"(\]\([^)\s]*#[\w.]+)-(\d+)\)")
_LANGUAGES = {
    ".py": "python",
    ".rs": "rust",
    ".md": "markdown",
    ".toml": "toml",
    ".wit": "text",
    ".js": "javascript",
    ".go": "go",
}


class Broken(Exception):
    """A link that leads nowhere."""


def pages() -> dict[str, str]:
    """Where each page of the repository stands on the site."""
    found = {path: path.removeprefix("docs/") for path in _files("docs/**/*.md")}
    for path in _files("python/atoll/capabilities/*/README.md"):
        found[path] = f"capabilities/{path.split('/')[-2].replace('_', '-')}.md"
    for path in _files("examples/*/README.md"):
        found[path] = f"examples/{path.split('/')[-2]}.md"
    return found


def _files(pattern: str) -> list[str]:
    return sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob(pattern))


class Gathering:
    """The pages, as the generator gets them."""

    def __init__(self) -> None:
        self.pages = pages()
        self.made: dict[str, str] = {}
        self._shown: set[str] = set()

    def gather(self) -> None:
        """Make every page, and those that show the files that they link to."""
        for path, place in self.pages.items():
            self.made[place] = self._page(path, place)
        for path in sorted(self._shown):
            self.made[source(path)] = shown(path)

    def _page(self, path: str, place: str) -> str:
        text = _HIDDEN.sub("", (ROOT / path).read_text("utf-8"))
        return "".join(self._part(part, path, place) for part in _FENCED.split(text))

    def _part(self, part: str, path: str, place: str) -> str:
        if part.lstrip().startswith("```"):
            return part

        def relinked(link: re.Match[str]) -> str:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), link[1]))
            there, anchor = self._there(target, link[2] or "", path)
            return f"]({posixpath.relpath(there, posixpath.dirname(place) or '.')}{anchor})"

        return _COUNTED.sub(r"\1_\2)", _LINK.sub(relinked, part))

    def _there(self, target: str, anchor: str, path: str) -> tuple[str, str]:
        """Where the file or folder that a page links to stands on the site."""
        if f"{target}/README.md" in self.pages:
            target = f"{target}/README.md"
        if target in self.pages:
            return self.pages[target], anchor
        if not (ROOT / target).exists():
            raise Broken(f"{path}: there is no `{target}`")
        if target.startswith("docs/"):
            return target.removeprefix("docs/"), anchor
        self._shown.update([target, *listed(target)])
        return source(target), anchor.replace("#L", "#__codelineno-0-")


def source(path: str) -> str:
    """Where the page stands that shows a file or a folder."""
    return f"source/{path}.md"


def listed(path: str) -> list[str]:
    """The sources in a folder, and below it; none of a file."""
    inside = (file.relative_to(ROOT) for file in sorted((ROOT / path).rglob("*")) if file.suffix in _LANGUAGES)
    return [file.as_posix() for file in inside if not any(part.startswith(".") for part in file.parts)]


def shown(path: str) -> str:
    """A page that shows a file, or lists a folder; a search does not find it."""
    head = f"---\nsearch:\n  exclude: true\nhide:\n  - toc\n---\n# {posixpath.basename(path)}\n\n`{path}`\n\n"
    if (ROOT / path).is_dir():
        links = (
            f"* [{posixpath.relpath(file, path)}]({posixpath.relpath(file, posixpath.dirname(path))}.md)"
            for file in listed(path)
        )
        return head + "\n".join(links) + "\n"
    language = _LANGUAGES.get(Path(path).suffix, "text")
    text = (ROOT / path).read_text("utf-8").rstrip("\n")
    return f'{head}````{language} linenums="1"\n{text}\n````\n'


def assets() -> Iterator[Path]:
    """What is no page: drawings, styles, the dashboard."""
    return (file for file in (ROOT / "docs").rglob("*") if file.is_file() and file.suffix != ".md")


def gather() -> None:
    """Put everything into the folder that the generator reads."""
    gathering = Gathering()
    gathering.gather()
    shutil.rmtree(GATHERED, ignore_errors=True)
    for place, text in gathering.made.items():
        file = GATHERED / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    for asset in assets():
        file = GATHERED / asset.relative_to(ROOT / "docs")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(asset, file)


def main() -> None:
    """Gather the pages."""
    try:
        gather()
    except Broken as broken:
        sys.exit(str(broken))
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, check=False).returncode)


if __name__ == "__main__":
    main()
