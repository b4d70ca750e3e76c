"""Flame graphs: a file that shows the whole by itself, and can be searched and zoomed in a browser."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree

import pytest
from hypothesis import given

from tests.observe.profiles import files, gathered, profile
from tests.observe.test_profile_merged import DOCUMENTS

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium")
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>&\"'\x00\x1b]]>"
STACKS = {
    "main;app::sort;core::cmp": (500, 0),
    "main;app::render": (300, 0),
    "main": (100, 0),
    f"main;{HOSTILE}": (80, 0),
    "main;grow": (20, 3 << 20),
}


class Box(NamedTuple):
    """As it is drawn where no script runs."""

    name: str
    told: list[str]
    x: float
    y: float
    width: float
    fill: str


def boxes(text: str) -> list[Box]:
    """All of a flame graph, in their order."""
    return list(_boxes(ElementTree.fromstring(text)))


def _boxes(root: ElementTree.Element) -> Iterator[Box]:
    for one in root.iterfind(f"{SVG}g/{SVG}svg"):
        title = one.findtext(f"{SVG}title") or ""
        rect = one.find(f"{SVG}rect")
        assert rect is not None
        x, y, width = (float(one.attrib[name]) for name in ("x", "y", "width"))
        name, *told = title.split("\n")
        yield Box(name, told, x, y, width, rect.attrib["fill"])


def drawn(folder: Path, name: str = "flamegraph.svg") -> str:
    """The flame graph of two components."""
    return files(profile(gathered("shop", STACKS), gathered("cart", {"main;app::sort": (1000, 0)})), folder)[name]


def test_boxes_are_as_wide_as_what_they_took_and_stand_below_their_callers(tmp_path: Path) -> None:
    by_name = {box.name: box for box in boxes(drawn(tmp_path)) if box.name != "main"}
    whole, shop, cart = by_name["all components"], by_name["shop"], by_name["cart"]
    assert whole.width == pytest.approx(shop.width + cart.width) and shop.width == pytest.approx(cart.width)
    # In the order of their names, side by side.
    assert cart.x == whole.x and shop.x == pytest.approx(cart.x + cart.width)
    render, sort, inner = by_name["app::render"], by_name["app::sort"], by_name["core::cmp"]
    assert render.width == pytest.approx(shop.width * 0.3, abs=0.02)
    assert inner.width == pytest.approx(shop.width * 0.5, abs=0.02)
    assert whole.y < shop.y < render.y == sort.y < inner.y
    assert render.told == ["300 ms, 15.0%, 300 ms in itself"]


def test_a_module_has_a_color_that_stays(tmp_path: Path) -> None:
    fills = {box.name: box.fill for box in boxes(drawn(tmp_path))}
    assert len(set(fills.values())) > 4
    assert fills == {box.name: box.fill for box in boxes(drawn(tmp_path))}
    assert all(re.fullmatch("#[0-9a-f]{6}", fill) for fill in fills.values())


def test_memory_is_drawn_by_bytes(tmp_path: Path) -> None:
    grown = boxes(drawn(tmp_path, "memory.svg"))
    assert [box.name for box in grown] == ["all components", "shop", "main", "grow"]
    assert grown[-1].told == ["3.0 MiB, 100.0%, 3.0 MiB in itself"]


def test_lines_are_told_where_they_are_known(tmp_path: Path) -> None:
    told = """{"shop": {"frames": [{"function": "f", "place": {"file": "src/<a>.rs", "line": 7, "column": null}}],
        "stacks": [{"frames": [0], "samples": 2, "grown": 0}], "host": []}}"""
    assert boxes(files(profile(told), tmp_path)["flamegraph.svg"])[-1].told[0] == "src/<a>.rs:7"


def test_what_is_too_narrow_to_be_seen_is_put_together(tmp_path: Path) -> None:
    stacks = {f"main;narrow{number}": (1, 0) for number in range(6_000)} | {"main;wide": (6_000, 0)}
    text = files(profile(gathered("shop", stacks)), tmp_path)["flamegraph.svg"]
    assert [box.name for box in boxes(text)] == [
        "all components", "shop", "main", "wide", "(6,000 narrow ones)"
    ]  # fmt: skip


def test_the_picture_of_a_huge_profile_has_a_bounded_size(tmp_path: Path) -> None:
    stacks = {f"m{one};f{two};" + "deep;" * 20 + "end": (1, 0) for one in range(50) for two in range(40)}
    text = files(profile(gathered("shop", stacks)), tmp_path)["flamegraph.svg"]
    assert len(boxes(text)) <= 10_100


@pytest.mark.slow
@given(DOCUMENTS)
def test_any_name_makes_a_well_formed_file(tmp_path_factory: pytest.TempPathFactory, one: str) -> None:
    told = files(profile(one), tmp_path_factory.mktemp("profile"))
    for name in ("flamegraph.svg", "memory.svg"):
        if name in told:
            assert boxes(told[name])[0].name == "all components"


@pytest.fixture
def page() -> "Iterator[Page]":
    """A page of a real browser, in which no script may fail."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: make toolchains")
    from playwright.sync_api import sync_playwright

    wrong: list[str] = []
    with sync_playwright() as playwright:
        # A sandbox of the browser's own needs what a container's root may not do.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        shown = browser.new_page(viewport={"width": 1000, "height": 600})
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("console", lambda said: wrong.append(said.text))
        shown.on("dialog", lambda dialog: wrong.append(dialog.message))
        yield shown
        browser.close()
    assert wrong == []


def width(page: "Page", name: str) -> float:
    """Of the widest box of that name; 0 where none is shown."""
    found: float = page.evaluate(
        """(name) => Math.max(0, ...[...document.querySelectorAll('.boxes > svg')]
            .filter((box) => box.querySelector('title').textContent.split('\\n')[0] === name)
            .map((box) => box.querySelector('rect').getBoundingClientRect().width))""",
        name,
    )
    return found


@pytest.mark.slow
def test_a_click_zooms_a_search_marks_and_a_reset_shows_all_again(page: "Page", tmp_path: Path) -> None:
    drawn(tmp_path)
    page.goto((tmp_path / "flamegraph.svg").as_uri())
    whole = width(page, "all components")
    # As wide as the window, whatever that is.
    assert 960 < whole < 1000
    assert width(page, "app::render") == pytest.approx(whole * 0.15, rel=0.05)

    page.locator(".boxes > svg", has_text="app::render").last.click()
    assert width(page, "app::render") == pytest.approx(whole)
    # What calls it stays to be seen, what stands beside it goes.
    assert width(page, "shop") == pytest.approx(whole) and width(page, "cart") == width(page, "core::cmp") == 0
    page.keyboard.press("Escape")
    assert width(page, "cart") == pytest.approx(whole / 2, rel=0.05)

    page.keyboard.press("/")
    page.keyboard.type("SORT")
    # 500 and 1000 of 2000; what core::cmp took lies within.
    assert page.locator(".matched").inner_text() == "75.0% found"
    assert page.locator(".hit").count() == 2
    page.locator(".boxes > svg", has_text="cart").click()
    page.get_by_role("button", name="Reset").click()
    assert page.locator(".hit").count() == 0 and page.locator(".matched").inner_text() == ""
    assert width(page, "shop") == pytest.approx(whole / 2, rel=0.05)

    page.locator(".boxes > svg", has_text="app::render").last.hover()
    assert page.locator(".details").text_content() == "app::render   300 ms, 15.0%, 300 ms in itself"
    page.set_viewport_size({"width": 1600, "height": 600})
    page.wait_for_function("document.documentElement.getBoundingClientRect().width > 1500")


@pytest.mark.slow
def test_a_name_is_text_and_never_a_script(page: "Page", tmp_path: Path) -> None:
    drawn(tmp_path)
    page.goto((tmp_path / "flamegraph.svg").as_uri())
    shown = page.locator(".boxes > svg", has_text="alert(1)").locator("title").last.text_content() or ""
    assert shown.startswith("<script>alert(1)</script>&\"'\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}]]>\n")
    assert page.locator("script").count() == 1


@pytest.mark.slow
def test_in_the_dark_the_paper_is_dark(page: "Page", tmp_path: Path) -> None:
    drawn(tmp_path)
    paper = "getComputedStyle(document.querySelector('.paper')).fill"
    colors = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto((tmp_path / "flamegraph.svg").as_uri())
        colors.append(page.evaluate(paper))
    assert colors == ["rgb(255, 255, 255)", "rgb(23, 24, 28)"]
