"""Every name that is misspelt is told with the one that was meant, in the same words."""

from pathlib import Path

import pytest

from atoll.errors.meant import meant, near, proposed
from tests.cli.conftest import Atoll

MANIFEST = """spin_manifest_version = 2
application.name = "t"
[[trigger.http]]
route = "/"
component = "storefront"
[component.storefront]
source = "storefront.wat"
"""


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("biuld", "build"),
        ("up --lisen 127.0.0.1:0", "--listen"),
        ("build --foce", "--force"),
        ("--jsn up", "--json"),
        ("toolchain install pyton", "python"),
        ("explain guest-no-handlr", "guest-no-handler"),
        ("man docter", "doctor"),
        ("up -c storfront", "storefront"),
        ("up --follow storfront", "storefront"),
        ("build -c storfront", "storefront"),
        ("up --variable tokn=x", "token"),
        ("new -t http-rst app", "http-rust"),
    ],
)
def test_what_was_meant_is_proposed(atoll: Atoll, tmp_path: Path, line: str, name: str) -> None:
    (tmp_path / "spin.toml").write_text(MANIFEST + "[variables]\ntoken = { default = 'x' }\n")
    (tmp_path / "storefront.wat").write_text("(module)")
    said = atoll(*line.split())
    assert (said.code, said.out) == (1, "")
    assert f"\nhint: did you mean `{name}`?\n" in said.err


@pytest.mark.parametrize("line", ["up -c x", "build -c x", "up --follow x"])
def test_a_component_that_the_app_does_not_have_is_told_in_one_sentence(
    atoll: Atoll, tmp_path: Path, line: str
) -> None:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    (tmp_path / "storefront.wat").write_text("(module)")
    assert atoll(*line.split()).err == "error: the app has no component `x`\nhint: known here: `storefront`\n"


def test_where_nothing_is_near_all_are_listed_or_where_to_look() -> None:
    assert meant("zzz", ["b", "a"]) == "known here: `a`, `b`"
    assert meant("zzz", ["b", "a"], "look there") == "look there"
    assert meant("zzz", map(str, range(100))).count("`") == 40


def test_what_a_hint_proposes_can_be_told() -> None:
    assert proposed(meant("storfront", ["storefront"])) == "storefront" == near("storfront", ["storefront"])
    assert proposed(meant("zzz", ["storefront"])) is None
    assert proposed(None) is None
