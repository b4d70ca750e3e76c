"""`atoll sbom`: what is in a bill, in both formats, to the byte."""

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from atoll.app import App
from atoll.errors import UserError
from atoll.host import core
from atoll.host.composing.plan import Part, Wire
from atoll.packages.sbom import cyclonedx, inside, spdx
from atoll.packages.sbom.bill import Bill, Material
from atoll.packages.sbom.gathering import bill_of
from atoll.packages.sbom.reading import read
from tests.cli.conftest import Atoll, atoll  # noqa: F401 -- the fixture
from tests.supply import apps
from tests.support import built


@pytest.fixture
def bill(tmp_path: Path) -> Bill:
    return bill_of(App.load(apps.write(tmp_path)))


def material(bill: Bill, name: str, version: str | None = None) -> Material:
    (found,) = [one for one in bill.materials.values() if one.name == name and version in (None, one.version)]
    return found


def needs(bill: Bill, name: str, version: str | None = None) -> set[str]:
    refs = bill.made_of[material(bill, name, version).ref]
    return {f"{bill.materials[ref].name} {bill.materials[ref].version}".strip() for ref in refs}


def test_a_bill_has_components_dependencies_and_packages_of_four_languages(bill: Bill) -> None:
    assert (bill.root.name, bill.root.version) == ("shop", "1.2.0")
    assert needs(bill, "shop") == {f"{name} 1.2.0" for name in ("front", "page", "text", "orders")}
    assert needs(bill, "front") == {"acme:parts/a", "serde 1.0.200", "syn 2.0.1"}
    assert needs(bill, "serde") == {"syn 1.0.9"}
    assert needs(bill, "page") == {"@scope/a 1.2.3", "b 1.0.0"}
    assert needs(bill, "@scope/a") == {"b 2.0.0"}
    assert needs(bill, "b", "2.0.0") == {"c 3.0.0-rc.1"}
    assert needs(bill, "text") == {"typing-extensions 4.15.0"}
    assert needs(bill, "orders") == {
        "stdlib 1.26.8",
        "example.com/direct v1.2.3",
        "example.com/other/v2 v2.0.0",
        "example.com/fork v0.2.0",
    }
    assert "tool" not in {one.name for one in bill.materials.values()}


def test_package_urls_and_digests(bill: Bill) -> None:
    assert material(bill, "@scope/a").purl == "pkg:npm/%40scope/a@1.2.3"
    assert material(bill, "example.com/other/v2").purl == "pkg:golang/example.com/other/v2@v2.0.0"
    assert material(bill, "serde").hashes["SHA-256"].startswith("ddc6f9cc")
    assert material(bill, "@scope/a").hashes["SHA-512"].startswith("cf83e135")
    assert len(material(bill, "front").hashes["SHA-256"]) == 64


def test_what_made_a_component_is_told(bill: Bill) -> None:
    facts = dict(material(bill, "orders").facts)
    assert facts["wasm:producers:language"] in ("Go go1.26.8", "Rust")
    assert ("wasm:producers:processed-by", "ComponentizeJS 0.23.0") in material(bill, "page").facts


def test_the_app_s_own_components_keep_their_names(tmp_path: Path) -> None:
    file = tmp_path / "spin.toml"
    file.write_text(
        'spin_manifest_version = 2\napplication.name = "a"\n[trigger]\n'
        f'[component.one]\nsource = "{built("c-http")}"\ndependencies."acme:x/y" = {{ component = "two" }}\n'
        f'[component.two]\nsource = "{built("c-plugin")}"\n'
    )
    bill = bill_of(App.load(file))
    assert needs(bill, "one") == {"two"}


def test_both_formats_are_valid(bill: Bill) -> None:
    assert apps.wrong_in_cyclonedx(cyclonedx.document(bill)) == []
    assert apps.wrong_in_spdx(spdx.document(bill)) == []


def test_the_schemas_find_what_is_wrong(bill: Bill) -> None:
    wrong: dict[str, Any] = cyclonedx.document(bill)
    wrong["components"][0]["type"] = "thing"
    assert apps.wrong_in_cyclonedx(wrong)
    other: dict[str, Any] = spdx.document(bill)
    other["relationships"][0]["relatedSpdxElement"] = "SPDXRef-nobody"
    assert apps.wrong_in_spdx(other)


@pytest.mark.parametrize("form", ["cyclonedx", "spdx"])
def test_the_same_app_gives_the_same_bytes(tmp_path: Path, atoll: Atoll, form: str) -> None:  # noqa: F811
    apps.write(tmp_path)
    said = [atoll("sbom", "--format", form).out for _ in range(2)]
    assert said[0] == said[1] and said[0].endswith("}\n")
    dated = atoll("sbom", "--format", form, env={"SOURCE_DATE_EPOCH": "1700000000"}).out
    assert "2023-11-14T22:13:20Z" in dated and "1970-01-01T00:00:00Z" in said[0]
    (tmp_path / "text" / "uv.lock").write_text(apps.UV.replace("4.15.0", "4.15.1"))
    changed = json.loads(atoll("sbom", "--format", form).out)
    key = {"cyclonedx": "serialNumber", "spdx": "documentNamespace"}[form]
    assert changed[key] != json.loads(said[0])[key]


def test_a_date_that_is_none_is_refused(tmp_path: Path, atoll: Atoll) -> None:  # noqa: F811
    apps.write(tmp_path)
    for text in ("soon", "9" * 40):
        said = atoll("sbom", env={"SOURCE_DATE_EPOCH": text})
        assert said.code == 1 and "SOURCE_DATE_EPOCH is no time" in said.err


@pytest.mark.parametrize("form", [cyclonedx, spdx])
def test_a_bill_is_read_back_as_it_was(bill: Bill, tmp_path: Path, form: Any) -> None:
    file = tmp_path / "bill.json"
    file.write_text(json.dumps(form.document(bill)))
    back = read(file)

    def edges(one: Bill) -> set[tuple[str, str]]:
        names = {ref: f"{each.name} {each.version} {each.purl}" for ref, each in one.materials.items()}
        return {(names[owner], names[part]) for owner, parts in one.made_of.items() for part in parts}

    assert edges(back) == edges(bill)
    assert {(one.name, one.kind) for one in back.materials.values()} >= {("front", "component"), ("serde", "library")}


def test_a_bare_file_is_an_app_of_one_component(tmp_path: Path, atoll: Atoll) -> None:  # noqa: F811
    said = json.loads(atoll("sbom", "-f", str(built("go-cli-p1"))).out)
    assert [one["name"] for one in said["components"]] == ["go-cli-p1", "stdlib"]
    assert apps.wrong_in_cyclonedx(said) == []
    written = atoll("sbom", "-f", str(built("c-http")), "-o", "bill.json")
    assert (written.code, written.out) == (0, "") and "2 materials" in written.err
    refused = atoll("sbom", "-f", str(built("c-http")), "-o", "nowhere/bill.json")
    assert refused.code == 1 and "cannot be written" in refused.err


def test_the_parts_of_a_composition_are_those_that_were_composed(tmp_path: Path) -> None:
    work = "test:calls/work@0.1.0"
    guests = [built("rust-calls"), built("rust-called")]
    parts = [Part("calls", str(guests[0]), wires=[Wire(work, work, 1)]), Part("called", str(guests[1]))]
    bill = bill_of(App.load(core.composed(parts, tmp_path)))
    found = {one.hashes["SHA-256"] for one in bill.sorted() if one.name.startswith("part-")}
    assert found == {hashlib.sha256(guest.read_bytes()).hexdigest() for guest in guests}
    assert apps.wrong_in_cyclonedx(cyclonedx.document(bill)) == []
    assert apps.wrong_in_spdx(spdx.document(bill)) == []


def auditable(wasm: bytes, *packages: dict[str, Any]) -> bytes:
    """The file with the section that `cargo auditable` writes."""
    content = zlib.compress(json.dumps({"packages": packages}).encode())
    body = bytes([7]) + b".dep-v0" + content
    return wasm + b"\0" + _leb(len(body)) + body


def _leb(number: int) -> bytes:
    return bytes([number & 0x7F | 0x80, number >> 7]) if number > 0x7F else bytes([number])


CRATES = (
    {"name": "mine", "version": "0.1.0", "source": "local", "dependencies": [1, 3], "root": True},
    {"name": "serde", "version": "1.0.1", "source": "crates.io", "dependencies": [2]},
    {"name": "itoa", "version": "1.0.0", "source": "git"},
    {"name": "cc", "version": "1.1.0", "source": "crates.io", "kind": "build"},
)


def test_crates_that_the_file_itself_names_go_before_its_lock_file(tmp_path: Path) -> None:
    apps.write(tmp_path)
    file = tmp_path / "made.wasm"
    file.write_bytes(auditable(built("rust-http").read_bytes(), *CRATES))
    manifest = tmp_path / "spin.toml"
    manifest.write_text(manifest.read_text().replace(str(built("rust-http")), "made.wasm"))
    bill = bill_of(App.load(manifest))
    assert needs(bill, "front") == {"acme:parts/a", "serde 1.0.1"}
    assert needs(bill, "serde") == {"itoa 1.0.0"}
    assert material(bill, "itoa").facts == (("cargo:source", "git"),)


def test_a_section_is_found_in_what_is_nested() -> None:
    inner = auditable(b"\0asm\x01\0\0\0", *CRATES)
    outer = b"\0asm\x0d\0\x01\0" + b"\x01" + _leb(len(inner)) + inner
    assert len(list(inside.sections(outer, inside.CRATES))) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"no zlib", zlib.compress(b"no json"), zlib.compress(b'{"packages": 1}'), zlib.compress(b" " * (17 << 20))],
    ids=["empty", "plain", "text", "type", "bomb"],
)
def test_a_section_that_is_none_names_no_crates(content: bytes, tmp_path: Path) -> None:
    body = bytes([7]) + b".dep-v0" + content
    size = len(body)
    file = tmp_path / "a.wasm"
    leb = bytes([size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80, size >> 14])
    file.write_bytes(built("c-http").read_bytes() + b"\0" + leb + body)
    bill = bill_of(App.load(file))
    assert [one.name for one in bill.sorted()] == ["a"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("front/Cargo.lock", "version = ", "cannot be read"),
        ("front/Cargo.lock", '[[package]]\nsource = "x"', "lacks 'name'"),
        ("page/package-lock.json", "[]", "holds no object"),
        ("page/package-lock.json", "[" * 100_000, "cannot be read"),
        ("text/uv.lock", "a = 1\na = 2", "cannot be read"),
        ("orders/go.mod", "\udcff", "cannot be read"),
    ],
)
def test_a_lock_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: str, words: str) -> None:
    file = apps.write(tmp_path)
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=words) as raised:
        bill_of(App.load(file))
    assert raised.value.code == "lock-file-invalid" and name in raised.value.message


def test_limits_of_lock_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = apps.write(tmp_path)
    monkeypatch.setattr("atoll.packages.sbom.locks.finding.MAX_PACKAGES", 2)
    with pytest.raises(UserError, match="more than 2 packages"):
        bill_of(App.load(file))
    monkeypatch.setattr("atoll.packages.sbom.locks.finding.MAX_BYTES", 20)
    with pytest.raises(UserError, match="more than 20 bytes"):
        bill_of(App.load(file))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("requirements.txt", "A_b==1.0 ; x\n# c\nc>=2\nd[e]===3 --hash=x\ne==1.*\n", {"a-b 1.0", "d 3"}),
        ("pylock.toml", '[[packages]]\nname = "A.B"\nversion = "1"\n', {"a-b 1"}),
        (
            "poetry.lock",
            '[[package]]\nname = "a"\nversion = "1"\ngroups = ["main"]\n[package.dependencies]\nb = "*"\n'
            '[[package]]\nname = "b"\nversion = "2"\n[[package]]\nname = "c"\nversion = "3"\ngroups = ["dev"]\n',
            {"a 1"},
        ),
        (
            "npm-shrinkwrap.json",
            '{"dependencies": {"a": {"version": "1", "dependencies": {"b": {"version": "2"}}}}}',
            {"a 1"},
        ),
    ],
)
def test_other_lock_files(tmp_path: Path, name: str, content: str, expected: set[str]) -> None:
    (tmp_path / "spin.toml").write_text(
        'spin_manifest_version = 2\napplication.name = "a"\n[trigger]\n'
        f'[component.one]\nsource = "{built("c-http")}"\nbuild = {{ command = "true", workdir = "below" }}\n'
    )
    (tmp_path / "below").mkdir()
    (tmp_path / name).write_text(content)
    assert needs(bill_of(App.load(tmp_path)), "one") == expected
