"""Interfaces that no platform knows, answered by a Python object that the app names."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from atoll.testing import Up
from tests.rooms import imports
from tests.rooms.imports import Ask, path_of_modules
from tests.rooms.test_custom_streams import FEED
from tests.support import answering, refused, write_app

CATALOGUE = """
import asyncio
from dataclasses import dataclass, field
from atoll.capabilities.custom import Err, Ok, Some, WitError

@dataclass
class Item:
    name: str
    price: float
    colour: str = "red"
    offers: set = field(default_factory=lambda: {"new"})
    size: dict | None = None
    tags: tuple = ()

class Basket:
    def __init__(self, owner):
        self.owner_name, self.items = owner, []
    def add(self, name):
        if name == "ghost": raise WitError({"unknown": name})
        self.items.append(name)
        return len(self.items)
    @staticmethod
    def merge(one, other):
        one.items += other.items
        return one
    def owner(self): return self.owner_name

class Catalogue:
    wit_interfaces = ("acme:shop/catalogue", "acme:shop/later")
    Basket = Basket
    def __init__(self): self.items = [Item("lamp", 9.5, size={"width": 1, "height": 2}), Item("rug", 40)]
    def find(self, query):
        match type(query).__name__, getattr(query, "value", None):
            case "All", None: return self.items
            case "CheaperThan", most: return [item for item in self.items if item.price < most]
            case "ByName", "closed": raise WitError("closed")
            case "ByName", "broken": return [Item("x", "much")]
            case "ByName", "fault": raise KeyError("a secret")
            case "ByName", name:
                found = [item for item in self.items if item.name == name]
                if not found: raise WitError({"unknown": name})
                return found
    def put(self, item):
        print(item, flush=True)
        self.items.append(item)
        return len(self.items)
    def picture(self, data): return memoryview(data[::-1])
    async def nested(self, value): return value
    def fits(self, size): return (Ok(size.width) if size.width < 10 else Err("too wide"), "\\u00e9")
    async def wait(self, milliseconds):
        await asyncio.sleep(milliseconds / 1000)
        return f"{milliseconds} ms"

class Short:
    wit_interfaces = ("acme:shop/catalogue",)
    Basket = Basket
    def find(self): return []
    def put(self, item): return 0
    def picture(self, data): return data
    def nested(self, value): return value

class Silent(Catalogue):
    wit_interfaces = ()
"""


def manifest(folder: Path, guest: str, reference: str = "answers:Catalogue", keys: str = "") -> Path:
    """An app whose catalogue is answered by the object of that name."""
    names = ("catalogue", "later@1.0.0") if guest == "python-shop" else ("catalogue",)
    imported = {f"acme:shop/{name}": reference for name in names}
    if guest == "python-shop":
        imported["acme:feed/feed"] = "answers:Feed"
    return imports.manifest(folder, guest, CATALOGUE + FEED, imported, keys)


Shop = AbstractContextManager[tuple[Ask, Up]]


def shop(folder: Path, guest: str = "rust-shop", keys: str = "") -> Shop:
    """The guest, served by one worker."""
    return imports.served(manifest(folder, guest, keys=keys))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Up]]:
    with shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.mark.parametrize(
    "path, answer",
    [
        (
            "/find?name=lamp",
            'Ok([Item { name: "lamp", price: 9.5, colour: Colour::Red, offers: Offers { bits: 2 }, '
            "size: Some(Size { width: 1, height: 2 }), tags: [] }])",
        ),
        ("/cheaper?than=3", "Ok([])"),
        ("/find?name=chair", 'Err(Refusal::Unknown("chair"))'),
        ("/find?name=closed", "Err(Refusal::Closed)"),
        ("/nested", "[None, Some(None), Some(Some(7))]"),
        ("/fits?width=3", "(Ok(3), 'é')"),
        ("/fits?width=30", "(Err(\"too wide\"), 'é')"),
        ("/basket", '[Ok(1), Ok(1), Err(Refusal::Unknown("ghost"))] anna Ok(3) ben'),
    ],
)
def test_values_of_every_type_cross_both_ways(served: tuple[Ask, Up], path: str, answer: str) -> None:
    assert served[0](path) == answer


def test_a_guests_record_arrives_with_pythons_names_and_types(served: tuple[Ask, Up]) -> None:
    ask, app = served
    assert int(ask("/put")) >= 3
    app.wait_for(
        r"Item\(name='lamp', price=9.5, colour=<Colour.DARK_BLUE: 'dark-blue'>, "
        r"offers=<Offers.DISCOUNTED\|LAST_ONE: 5>, size=Size\(width=2, height=3\), tags=\['light', 'home'\]\)"
    )


def test_bytes_arrive_whole(served: tuple[Ask, Up]) -> None:
    for times in (0, 1, 3_000_000):
        assert served[0]("/picture", b"abc" * times) == "cba" * times


def test_bytes_count_as_what_they_are(tmp_path: Path) -> None:
    with shop(tmp_path, keys='tool.atoll.limits = { host_call_bytes = "1MiB" }\n') as (ask, app):
        assert len(ask("/picture", b"x" * 1_000_000)) == 1_000_000
        assert ask("/picture", b"x" * 1_100_000).startswith("500")
        app.wait_for("the host-call limit of 1048576 bytes")


def test_what_does_not_fit_ends_the_call_and_names_the_part(served: tuple[Ask, Up]) -> None:
    ask, app = served
    assert ask("/find?name=broken").startswith("500")
    app.wait_for(r"the result\[0\]\.price: must be real number, not str")
    assert ask("/cheaper?than=3") == "Ok([])"


def test_a_fault_ends_the_call_without_its_words_and_is_logged_with_them(served: tuple[Ask, Up]) -> None:
    ask, app = served
    answer = ask("/find?name=fault")
    assert answer.startswith("500") and "secret" not in answer
    app.wait_for("KeyError: 'a secret'")


def test_objects_that_a_guest_holds_are_limited(tmp_path: Path) -> None:
    with shop(tmp_path, keys="tool.atoll.limits = { handles = 100 }\n") as (ask, app):
        assert ask("/baskets?count=50") == "50"
        assert ask("/baskets?count=200").startswith("500")
        app.wait_for("the handle limit of 100 resources")
        assert ask("/baskets?count=50") == "50"


def test_asynchronous_functions_are_awaited_side_by_side(tmp_path: Path) -> None:
    with shop(tmp_path, "python-shop") as (ask, _):
        assert ask("/wait") == "200 ms 200 ms 200 ms"
        assert ask("/basket") == "anna 1"
        assert "Item(name='lamp'" in ask("/find?lamp")
        assert "Unknown" in ask("/find?ghost")


def test_streams_and_futures_cross_to_a_python_guest(tmp_path: Path) -> None:
    with shop(tmp_path, "python-shop") as (ask, _):
        assert ask("/sums?5") == "[1, 3, 6, 10, 15]"
        assert ask("/readings?5").count("Reading(") == 5
        assert ask("/greeting?ben") == "hello, ben"


def test_everything_that_does_not_fit_the_interface_is_said_at_start(tmp_path: Path) -> None:
    file = manifest(tmp_path, "rust-shop", "answers:Short")
    ended = refused("-f", str(file), "--listen", "127.0.0.1:0", env=path_of_modules(tmp_path))
    assert "`acme:shop/catalogue@1.0.0` is not what the component imports" in ended.stderr
    assert "`find(query)` cannot be called as `Short.find()`" in ended.stderr
    assert "`fits(size)` has no `fits` in the object of `Short`" in ended.stderr


@pytest.mark.parametrize(
    "reference, why",
    [
        ("os:system", "`os:system` does not name it in `wit_interfaces`"),
        ("answers:Silent", "does not name it"),
        ("answers:Missing", "cannot be imported"),
        ("no_such_module:Catalogue", "cannot be imported"),
        ("nobody", "no package has an entry point `nobody`"),
    ],
)
def test_only_an_object_that_says_so_answers_an_import(tmp_path: Path, reference: str, why: str) -> None:
    file = manifest(tmp_path, "rust-shop", reference)
    ended = refused("-f", str(file), "--listen", "127.0.0.1:0", env=path_of_modules(tmp_path))
    assert "nobody answers the import `acme:shop/catalogue`" in ended.stderr
    assert why in ended.stderr


def test_an_import_that_nobody_was_named_for_is_refused(tmp_path: Path) -> None:
    ended = refused("-f", str(write_app(tmp_path, answering("rust-shop"))), "--listen", "127.0.0.1:0")
    assert "imports `acme:shop/catalogue@1.0.0`: nobody provides it" in ended.stderr
    assert "[application.tool.atoll.imports]" in ended.stderr
