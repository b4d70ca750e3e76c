"""`atoll wit docs`: pages that lead to each other, and show whatever comments say without obeying it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.cli.conftest import Atoll
from tests.support import built
from tests.wit.conftest import Written

TEXT = """/// Of **all** parts.
package a:b@1.0.0;

/// Sells. <script>alert(1)</script> ![x](https://example.com/x.png) [bad](javascript:alert(1)) & [docs](https://example.com)
interface x {
  use c:d/e.{t as other};
  /// A book.
  record book {
    /// What *stands* on it.
    title: string,
    of: list<other>,
  }
  variant found { nothing, one(book) }
  resource shelf {
    constructor(room: u32);
    /// Puts.
    @since(version = 1.0.0)
    put: func(book: book) -> result<found, other>;
  }
  find: func(book: string, on: option<borrow<shelf>>) -> string;
}
world w { import x; export run: func(a: u8) -> u8; export inner: interface { deep: func(); } }
"""


class Page(HTMLParser):
    """Tags, links and identifiers of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        assert not [name for name in values if name.startswith("on")]
        self.links += [values["href"]] if "href" in values else []
        self.ids |= {values["id"]} if "id" in values else set()


def documented(atoll: Atoll, written: Written, tmp_path: Path) -> Path:
    written("wit", TEXT)
    written("wit/deps/d", "package c:d;\n/// Of bits. And more.\ninterface e { type t = u8; }\n")
    said = atoll("wit", "docs", "-o", "site", "--json")
    assert sorted(json.loads(said.out)) == [
        "site/a-b-1.0.0/w.html",
        "site/a-b-1.0.0/x.html",
        "site/c-d/e.html",
        "site/index.html",
    ]
    return tmp_path / "site"


def test_every_link_leads_somewhere(atoll: Atoll, written: Written, tmp_path: Path) -> None:
    site = documented(atoll, written, tmp_path)
    pages = {file: Page(file.read_text()) for file in site.rglob("*.html")}
    followed = 0
    for file, page in pages.items():
        for link in page.links:
            path, _, anchor = link.partition("#")
            if not path.startswith("https:"):
                target = (file.parent / path).resolve() if path else file
                assert target.exists(), link
                assert not anchor or anchor in pages[target].ids, link
                followed += 1
    assert followed > 20


def test_what_is_written_is_what_the_wit_says(atoll: Atoll, written: Written, tmp_path: Path) -> None:
    site = documented(atoll, written, tmp_path)
    text = (site / "a-b-1.0.0" / "x.html").read_text()
    shown = re.sub(r"<[^>]+>", "", text)
    for words in (
        "use c:d/e.{t as other}",
        "title: string",
        "one(book)",
        "constructor(room: u32)",
        "put: func(book: book) -&gt; result&lt;found, other&gt;",
        "find: func(book: string, on: option&lt;borrow&lt;shelf&gt;&gt;) -&gt; string",
        "since 1.0.0",
        "What stands on it.",
    ):
        assert words in shown, words
    assert '<span class="name">book</span>: <a href="#book">book</a>' in text
    world = (site / "a-b-1.0.0" / "w.html").read_text()
    assert "run</span>: func(" in world and "deep</span>: func()" in world
    index = (site / "index.html").read_text()
    assert "<strong>all</strong>" in index and "Of bits." in index and "And more." not in index


def test_comments_are_shown_and_not_obeyed(atoll: Atoll, written: Written, tmp_path: Path) -> None:
    site = documented(atoll, written, tmp_path)
    page = Page((site / "a-b-1.0.0" / "x.html").read_text())
    assert not page.tags & {"script", "img", "iframe", "style"}
    assert not [link for link in page.links if link.startswith("javascript:")]
    assert "https://example.com" in page.links
    assert "&lt;script&gt;" in (site / "a-b-1.0.0" / "x.html").read_text()


def test_pages_are_written_anew_and_never_over_something_else(atoll: Atoll, written: Written, tmp_path: Path) -> None:
    site = documented(atoll, written, tmp_path)
    written("wit", TEXT.replace("world w", "world other"))
    assert atoll("wit", "docs", "-o", "site").out == "4 pages in site: open site/index.html\n"
    assert not (site / "a-b-1.0.0" / "w.html").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("<p>mine")
    said = atoll("wit", "docs", "-o", "mine")
    assert (said.code, "has something else" in said.err) == (1, True)
    assert (tmp_path / "mine" / "index.html").read_text() == "<p>mine"


def test_components_and_standard_packages_have_pages(atoll: Atoll, tmp_path: Path) -> None:
    assert atoll("wit", "docs", str(built("c-http")), "-o", "component").code == 0
    assert "wasi:http/incoming-handler@0.2.12" in (tmp_path / "component" / "root-component" / "root.html").read_text()
    assert atoll("wit", "docs", "wasi:http@0.2.12", "-o", "http").code == 0
    assert (tmp_path / "http" / "wasi-http-0.2.12" / "proxy.html").exists()
