"""The pages of the Python API leave out nothing that is public, and every entry says something."""

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from scripts.api_pages import MODULES
from scripts.generate_reference import FOLDER, pages, written

FEWEST_WORDS = 3


def public(module: str) -> dict[str, Any]:
    """What a module offers, as Python has it."""
    loaded = importlib.import_module(module)
    own = [name for name, item in vars(loaded).items() if getattr(item, "__module__", None) == module]
    names = getattr(loaded, "__all__", [name for name in own if not name.startswith(("_", "pytest_"))])
    return {name: getattr(loaded, name) for name in names}


def described(item: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The callables and properties of an entry whose docstrings are its text."""
    if callable(item):
        yield name, item
    if isinstance(item, type):
        for part, value in vars(item).items():
            plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            if not part.startswith("_") and (inspect.isfunction(plain) or isinstance(plain, property)):
                yield f"{name}.{part}", plain


def says(doc: str | None, name: str) -> int:
    """How many words a docstring has beyond those of the name."""
    known = set(re.findall(r"[a-z]+", name.lower()))
    return len([word for word in re.findall(r"[\w`]+", doc or "") if word.lower() not in known])


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_an_entry_or_a_link_to_one(module: str) -> None:
    page = (FOLDER / "api" / f"{module}.md").read_text("utf-8")
    entries = {*re.findall(r"^## (\w+)$", page, re.MULTILINE), *re.findall(r"\[`(\w+)`\]\(atoll[\w.]*\.md#", page)}
    assert public(module).keys() - entries == set()


def test_every_public_module_of_the_package_has_a_page() -> None:
    assert set(written()) == set(pages())
    index = (FOLDER / "api" / "index.md").read_text("utf-8")
    assert re.findall(r"^## \[([\w.]+)\]", index, re.MULTILINE) == list(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_callable_says_what_it_does(module: str) -> None:
    found = [one for name, item in public(module).items() for one in described(item, name)]
    trivial = [name for name, item in found if says(item.__doc__, name) < FEWEST_WORDS]
    assert trivial == []


def test_the_laws_tell_what_says_nothing() -> None:
    assert says("Close the pool.", "Pool.close") < FEWEST_WORDS
    assert says(None, "load") < FEWEST_WORDS
    assert says("End it. A call that runs comes to its end first.", "Instance.close") >= FEWEST_WORDS
