"""What developers read about a failed call: everything that is known, as a page or as text, and nothing that runs."""

import json
import re
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.errors import CODES
from atoll.observe.fault import draw, place
from atoll.observe.fault.accepting import prefers_html
from tests.observe.faults import told

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
APP = """PEOPLE = {}


def handle():
    greet("Ada")


def greet(name):
    return PEOPLE[name] + "<b>"
"""
TRACEBACK = """before
Traceback (most recent call last):
  File "/0/app.py", line 5, in handle
  File "/0/app.py", line 9, in greet
KeyError: 'Ada'"""
STACK = [
    {"function": "abort", "place": None},
    {"function": "core::panicking::panic", "place": {"file": "/rustc/5980/library/core/src/panicking.rs", "line": 80}},
    {"function": "handle", "place": {"file": "/build/web/app.py", "line": 5, "column": 5}},
    {"function": "start", "place": None},
]


class Reader(HTMLParser):
    """The texts of a page's elements, by tag and class, and all that it would fetch or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: dict[str, list[str]] = {}
        self.folded: list[str] = []
        self.active: list[str] = []
        self._open: list[tuple[str, list[str]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in {"script", "img", "iframe", "object", "base", "form", "svg", "a"}:
            self.active.append(tag)
        self.active += [name for name, _ in attributes if name.startswith("on") or name == "src"]
        self.active += [
            str(value) for name, value in attributes if name == "href" and not str(value).startswith("data:")
        ]
        if tag in {"meta", "link"}:
            return
        self._open.append((tag, []))
        self.texts.setdefault(f"{tag}.{given['class']}" if given.get("class") else tag, []).append("")
        self._open[-1][1].append(f"{tag}.{given['class']}" if given.get("class") else tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, names in self._open:
            self.texts[names[0]][-1] += data
        if any(tag == "details" for tag, _ in self._open):
            self.folded.append(data)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "app.py").write_text(APP)
    return {"": str(tmp_path)}


def page(folders: dict[str, str], ending: str = "", **more: Any) -> str:
    kind, body = draw(told(**{"accept": BROWSER, "lines": TRACEBACK, **more}), folders, ending)
    assert kind == "text/html; charset=utf-8"
    return body.decode()


def text(folders: dict[str, str], **more: Any) -> str:
    kind, body = draw(told(**{"lines": TRACEBACK, **more}), folders, "<script>")
    assert kind == "text/plain; charset=utf-8"
    return body.decode()


def test_the_page_says_what_failed_where_and_what_to_do(folders: dict[str, str]) -> None:
    read = Reader(page(folders))
    assert read.texts["title"] == read.texts["h1"] == ["KeyError: 'Ada'"]
    assert read.texts["p.status"] == ["500 Internal Server Error"]
    assert "wasm trap" in read.texts["header"][0]
    assert "component web, request 1f" in read.texts["header"][0]
    assert read.texts["h2"] == ["Where it failed", "What it means", "What the guest wrote", "Request"]
    entry = CODES["guest-trapped"]
    assert f"guest-trapped: {entry.meaning} {entry.remedy}" in read.texts["section"][1]
    assert "GET /people?name=Ada" in read.texts["dd"]
    assert read.texts["figcaption"] == ["app.py:9", "app.py:5"]
    assert read.texts["span.row at"] == ['    return PEOPLE[name] + "<b>"', '    greet("Ada")']
    assert "before" in read.texts["span.stderr"]


def test_the_excerpt_has_five_lines_around_where_it_failed_and_two_elsewhere(folders: dict[str, str]) -> None:
    numbers = re.findall(r'<span class="row( at)?" data-line="(\d+)"', page(folders))
    assert [int(number) for _, number in numbers] == [4, 5, 6, 7, 8, 9, 3, 4, 5, 6, 7]
    assert [int(number) for marked, number in numbers if marked] == [9, 5]


def test_frames_of_libraries_are_folded_and_the_authors_own_are_open(folders: dict[str, str]) -> None:
    read = Reader(page(folders, lines="", stack=STACK))
    assert read.texts["summary"] == [
        "2 frames of libraries and the runtime",
        "1 frame of libraries and the runtime",
    ]
    assert read.texts["li.own"] == ["handle app.py:5"]
    folded = "".join(read.folded)
    assert "panicking.rs:80" in folded and "start" in folded and "handle" not in folded
    assert read.texts["mark"] == ["greet"]


def test_where_no_frame_is_the_authors_own_all_are_open(folders: dict[str, str]) -> None:
    shown = Reader(page(folders, lines="", stack=STACK[:2]))
    assert "summary" not in shown.texts
    assert shown.texts["li"] == ["abort", "core::panicking::panic /rustc/5980/library/core/src/panicking.rs:80"]


def test_a_guest_without_debug_information_is_told_how_to_be_built(folders: dict[str, str]) -> None:
    missing = "line-tables-only"
    assert missing in page(folders, lines="it failed", stack=STACK[:1])
    assert missing not in page(folders, stack=STACK[:1])
    assert missing not in page(folders, lines="it failed", stack=STACK)
    assert missing not in page(folders, lines="", stack=[])


def test_a_guest_that_answered_so_itself_is_told_as_well(folders: dict[str, str]) -> None:
    words = "Error while running request handler: no\nStack:\n  answer@app.js:5:1"
    read = Reader(page(folders, code=None, message="", lines=words))
    assert read.texts["h1"] == ["no"]
    assert "The guest itself answered so." in read.texts["main"][0]
    assert Reader(page(folders, code=None, message="", lines="")).texts["h1"] == [
        "the guest answered 500 Internal Server Error"
    ]


def test_a_limit_is_told_in_the_words_of_the_data_plane(folders: dict[str, str]) -> None:
    message = "the call took longer than its deadline of 30 s"
    read = Reader(page(folders, status=504, code="limit-deadline", message=message))
    assert read.texts["h1"] == [message]
    assert read.texts["p.status"] == ["504 Gateway Timeout"]
    assert CODES["limit-deadline"].remedy in read.texts["main"][0]


def test_the_text_for_terminals_says_the_same(folders: dict[str, str]) -> None:
    shown = text(folders, stack=STACK)
    assert shown.splitlines()[:11] == [
        "500 Internal Server Error: KeyError: 'Ada'",
        "the guest trapped: wasm trap: wasm `unreachable` instruction executed",
        "component web, request 1f: GET /people?name=Ada",
        "",
        " --> app.py:5",
        "1 | PEOPLE = {}",
        "2 |",
        "3 |",
        "4 | def handle():",
        '5 >     greet("Ada")',
        "  |     ^",
    ]
    assert f"guest-trapped: {CODES['guest-trapped'].meaning}" in shown
    assert "\n  … 2 frames of libraries and the runtime\n  handle at app.py:5\n  … 1 frame of" in shown
    assert '\n    File "/0/app.py", line 9, in greet\n     --> app.py:9\n    7 |' in shown
    assert "panicking.rs" in text(folders, stack=STACK[:2], lines="")
    assert "<script>" not in shown


def test_the_ending_comes_last_as_it_is(folders: dict[str, str]) -> None:
    assert page(folders, "<script>live()</script>").endswith("</main>\n<script>live()</script>")


def test_a_page_is_complete_in_itself(folders: dict[str, str]) -> None:
    assert Reader(page(folders, stack=STACK)).active == []


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("TEXT/HTML; q=0.5, */*;q=0.9", True),
        ("text/html, text/plain", True),
        ("text/plain, text/html;q=0.9", False),
        ("*/*", False),
        ("text/*", False),
        ("application/json", False),
        ("", False),
        ("text/html;q=0", False),
        ("text/html;q=much", False),
        (",;,q=;text/html", False),
    ],
)
def test_who_would_rather_have_a_page_gets_one(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html


def test_a_hostile_guest_puts_nothing_of_its_own_into_the_page(tmp_path: Path) -> None:
    evil = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&lt;\x1b[31m\u202e"
    name = "a'\"<b onx=1>&.py"
    (tmp_path / name).write_text(f"{evil}\n" * 3)
    given: dict[str, Any] = {
        "number": evil,
        "method": evil,
        "uri": evil,
        "component": evil,
        "code": evil,
        "message": evil,
        "lines": f'{evil}\n  File "/0/{name}", line 2, in f\n{evil}',
        "stack": [{"function": evil, "place": {"file": evil, "line": 1}}],
    }
    folders = {"": str(tmp_path)}
    whole = page(folders, **given, accept=f"{BROWSER},{evil}")
    assert Reader(whole).active == []
    assert "\x1b" not in whole and "\u202e" not in whole
    plain = text(folders, **given)
    assert "\x1b" not in plain and "\u202e" not in plain and "<script>" in plain


def test_an_endless_guest_makes_no_endless_page(folders: dict[str, str]) -> None:
    lines = "\n".join([f'File "/0/app.py", line {number % 9 + 1}, in f' + "x" * 16_000 for number in range(2_000)])
    frames = [{"function": "f" * 10_000, "place": {"file": "/0/app.py", "line": 1}}] * 500
    assert len(page(folders, lines=lines, stack=frames)) < 2 << 20


def test_a_guest_that_names_a_thousand_files_is_answered_in_seconds(folders: dict[str, str]) -> None:
    lines = "\n".join("".join(f"/{'a/' * 40}{line}-{number}.py:1 " for number in range(20)) for line in range(400))
    began = time.monotonic()
    draw(told(lines=lines), {**folders, "web": folders[""]}, "")
    assert time.monotonic() - began < 20


def test_a_wide_line_is_shown_around_its_column(folders: dict[str, str]) -> None:
    Path(folders[""], "app.js").write_text("a" * 5_000 + " HERE() answer " + "b" * 5_000)
    shown = page(folders, lines="  answer@app.js:1:5002")
    assert Reader(shown).texts["mark"] == ["HERE"]
    assert len(shown) < 10_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["app.py", "/0/app.py", "../app.py", "x.py", "/", "", ".", "app.py\0", "/etc/passwd", "\ud800.py"]
)
frames = st.fixed_dictionaries(
    {"function": st.text(max_size=20)},
    optional={
        "place": st.none()
        | st.fixed_dictionaries(
            {"file": names | st.text(max_size=20), "line": st.integers()},
            optional={"column": st.none() | st.integers()},
        )
    },
)
words = (
    st.text(max_size=60)
    | st.builds('File "{}", line {}, in f'.format, names, st.integers())
    | st.builds("{}:{}:{}".format, names, st.integers(), st.integers())
)
documents = st.fixed_dictionaries(
    {},
    optional={
        "number": st.text(max_size=9),
        "accept": st.sampled_from(["text/html", "*/*"]) | st.text(max_size=20),
        "component": st.sampled_from(["web", "other", ""]),
        "status": st.integers(),
        "code": st.none() | st.sampled_from(["guest-trapped", "limit-cpu", "?"]),
        "message": st.text(max_size=20),
        "stack": st.lists(frames, max_size=4),
        "lines": st.lists(st.builds(lambda text: {"source": "stdout", "text": text}, words), max_size=6),
        "unknown": json_values,
    },
)


@pytest.fixture(scope="module")
def any_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("any")
    (folder / "app.py").write_text(APP)
    return str(folder)


@settings(deadline=None)
@given(
    document=documents.map(json.dumps) | json_values.map(json.dumps) | st.text(max_size=40),
    folder=st.sampled_from(["missing", "\0", "\ud800", "/dev/null"]) | st.none(),
    ending=st.text(max_size=9),
)
def test_whatever_is_told_there_is_an_answer(any_folder: str, document: str, folder: str | None, ending: str) -> None:
    folders = {"": any_folder if folder is None else folder, "web": any_folder}
    kind, body = draw(document, folders, ending)
    assert kind.startswith("text/") and body
    assert place(document, folders) is None or "app.py:" in str(place(document, folders))


def test_json_as_deep_as_can_be_is_no_failed_call() -> None:
    for document in ("[" * 100_000, '{"unknown":' + "[" * 100_000 + "]" * 100_000 + "}", '{"stack": {}}', ""):
        assert b"cannot be read" in draw(document, {}, "")[1] or b"500" in draw(document, {}, "")[1]
