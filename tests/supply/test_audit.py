"""`atoll audit`: advisories of OSV against what an app is made of."""

import datetime
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from atoll.errors import AtollError, UserError
from atoll.packages.audit import advisories as osv
from atoll.packages.audit.ignoring import Accepted, entries
from atoll.packages.audit.matching import Audit, audit
from atoll.packages.audit.versions import semantic, version
from atoll.packages.sbom.bill import Bill, Material, library
from atoll.packages.sbom.reading import read
from tests.cli.conftest import Atoll, Said, atoll  # noqa: F401 -- the fixture
from tests.supply import apps


def advisory(ecosystem: str, name: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    kind = "SEMVER" if ecosystem != "PyPI" else "ECOSYSTEM"
    affected = {"package": {"ecosystem": ecosystem, "name": name}, "ranges": [{"type": kind, "events": [*events]}]}
    return {"id": f"TEST-{name}", "summary": "It is broken", "affected": [affected], **more}


def bill(*packages: tuple[str, str, str]) -> Bill:
    made = Bill()
    made.add(Material(ref="app", kind="application", name="app"))
    made.add(Material(ref="one", kind="component", name="one"), "app")
    for kind, name, number in packages:
        made.add(library(kind, name, number), "one")
    return made


def checked(package: tuple[str, str, str], *found: dict[str, Any], ignored: tuple[str, ...] = ()) -> Audit:
    decoded = [osv._DECODER.decode(json.dumps(one)) for one in found]
    return audit(bill(package), decoded, Accepted(ignored))


FROM_0 = ({"introduced": "0"}, {"fixed": "1.2.3"})


@pytest.mark.parametrize(
    ("kind", "ecosystem", "number", "events", "is_affected"),
    [
        ("cargo", "crates.io", "1.2.2", FROM_0, True),
        ("cargo", "crates.io", "1.2.3", FROM_0, False),
        ("cargo", "crates.io", "1.2.3-rc.1", FROM_0, True),
        ("cargo", "crates.io", "1.2.3+build", FROM_0, False),
        ("npm", "npm", "1.10.0", FROM_0, False),
        ("npm", "npm", "0.9.0", ({"introduced": "1.0.0"}, {"fixed": "2.0.0"}), False),
        ("npm", "npm", "3.1.0", ({"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "3.2"}), True),
        ("npm", "npm", "2.5.0", ({"introduced": "1"}, {"fixed": "2"}, {"introduced": "3"}, {"fixed": "3.2"}), False),
        ("npm", "npm", "2.0.0", ({"introduced": "1.0.0"}, {"last_affected": "2.0.0"}), True),
        ("npm", "npm", "2.0.1", ({"introduced": "1.0.0"}, {"last_affected": "2.0.0"}), False),
        ("npm", "npm", "1.5.0", ({"introduced": "0"}, {"limit": "1.4.0"}), False),
        ("npm", "npm", "1.5.0", ({"introduced": "0"}, {"limit": "*"}), True),
        ("golang", "Go", "v1.2.2", FROM_0, True),
        ("golang", "Go", "v0.0.0-20240101000000-abcdefabcdef", FROM_0, True),
        ("golang", "Go", "v2.0.0+incompatible", FROM_0, False),
        ("pypi", "PyPI", "1.2.3rc1", FROM_0, True),
        ("pypi", "PyPI", "1.2.3.post1", FROM_0, False),
        ("pypi", "PyPI", "1!0.1", FROM_0, False),
        ("pypi", "PyPI", "1.2", FROM_0, True),
    ],
)
def test_ranges_are_those_of_the_ecosystem(
    kind: str, ecosystem: str, number: str, events: tuple[dict[str, str], ...], is_affected: bool
) -> None:
    found = checked((kind, "thing", number), advisory(ecosystem, "thing", *events))
    assert bool(found.findings) is is_affected
    assert found.packages == 1


def test_the_order_of_semantic_versions() -> None:
    texts = "0.9 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 v1.10"
    assert sorted(reversed(texts.split()), key=semantic) == texts.split()  # noqa: C414 -- not as they stand
    assert semantic("1.0") == semantic("1.0.0+x") and hash(semantic("1")) == hash(semantic("1.0.0"))
    for text in ("", "one", "1.2.3.4", "1.2.3-é"):
        with pytest.raises(ValueError):
            version("npm", text)
    with pytest.raises(ValueError, match="an order of their own"):
        version("Maven", "1")


def test_versions_that_are_listed_count_as_well() -> None:
    listed = {"id": "X", "affected": [{"package": {"ecosystem": "npm", "name": "thing"}, "versions": ["1.0.0"]}]}
    assert checked(("npm", "thing", "1.0.0"), listed).findings
    assert not checked(("npm", "thing", "1.0.1"), listed).findings


def test_names_are_those_of_the_ecosystem() -> None:
    assert checked(("pypi", "typing-extensions", "1.0"), advisory("PyPI", "Typing_Extensions", *FROM_0)).findings
    assert not checked(("npm", "thing", "1.0.0"), advisory("crates.io", "thing", *FROM_0)).findings
    by_url = {
        "id": "X",
        "affected": [{"package": {"purl": "pkg:npm/%40a/b"}, "ranges": [{"type": "SEMVER", "events": [*FROM_0]}]}],
    }
    assert checked(("npm", "@a/b", "1.0.0"), by_url).findings
    assert checked(("npm", "thing", "1.0.0"), advisory("npm:suffix", "thing", *FROM_0)).findings


def test_a_finding_names_the_next_version_without_it_and_the_components() -> None:
    events = ({"introduced": "0"}, {"fixed": "1.0.5"}, {"introduced": "2.0.0"}, {"fixed": "2.3.0"})
    more = {"aliases": ["CVE-1"], "database_specific": {"severity": "HIGH"}}
    (found,) = checked(("npm", "thing", "2.1.0"), advisory("npm", "thing", *events, **more)).findings
    assert (found.fixed, found.severity, found.aliases, found.components) == ("2.3.0", "HIGH", ["CVE-1"], ["one"])
    (never,) = checked(("npm", "thing", "2.1.0"), advisory("npm", "thing", {"introduced": "0"})).findings
    assert never.fixed is None


def test_withdrawn_advisories_and_ranges_of_commits_say_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(advisory("npm", "thing", *FROM_0, withdrawn="2024-01-01T00:00:00Z")))
    assert list(osv.advisories(file)) == []
    commits = advisory("npm", "thing", {"introduced": "0"})
    commits["affected"][0]["ranges"][0]["type"] = "GIT"
    assert not checked(("npm", "thing", "1.0.0"), commits).findings


def test_what_cannot_be_checked_is_told() -> None:
    found = checked(("npm", "thing", "latest"), advisory("npm", "thing", *FROM_0))
    assert found.packages == 0 and found.unchecked[0]["package"] == "thing"
    assert "no ecosystem" in checked(("deb", "thing", "1"), advisory("npm", "a", *FROM_0)).unchecked[0]["reason"]


@pytest.mark.parametrize("form", ["file", "list", "vulns", "folder", "archive"])
def test_advisories_come_as_files_folders_and_archives(tmp_path: Path, form: str) -> None:
    two = [advisory("npm", "a", *FROM_0), advisory("npm", "b", *FROM_0)]
    place = tmp_path / "x.json"
    if form == "folder":
        place = tmp_path / "below"
        for one in two:
            (place / one["id"]).mkdir(parents=True)
            (place / one["id"] / "x.json").write_text(json.dumps(one))
    elif form == "archive":
        place = tmp_path / "all.zip"
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in two:
                archive.writestr(f"{one['id']}.json", json.dumps(one))
            archive.writestr("README.md", "no advisory")
    else:
        place.write_text(json.dumps({"file": two[0], "list": two, "vulns": {"vulns": two}}[form]))
    assert len(list(osv.advisories(place))) == (1 if form == "file" else 2)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"{", "no advisory of OSV"),
        ("a.json", b'{"affected": []}', "missing required field `id`"),
        ("a.json", b'{"id": 1}', "Expected `str`"),
        ("a.json", b"\xff", "no advisory of OSV"),
        ("a.json", b"[" * 100_000, "no advisory of OSV"),
        ("a.zip", b"PK", "no archive"),
        ("none.json", None, "cannot be read: No such file"),
        ("none.zip", None, "cannot be read"),
        ("folder/", None, "has no JSON files"),
    ],
)
def test_what_is_no_advisory_is_named(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    place = tmp_path / name.rstrip("/")
    if content is not None:
        place.write_bytes(content)
    elif name.endswith("/"):
        place.mkdir()
    with pytest.raises(UserError, match=words) as raised:
        list(osv.advisories(place))
    assert raised.value.code == "advisories-invalid" and str(place) in raised.value.message


def test_limits_of_advisories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text(json.dumps([advisory("npm", "a"), advisory("npm", "b")]))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b" " * (osv.MAX_ADVISORY_BYTES + 1))
    with pytest.raises(UserError, match=r"bomb\.json has more than"):
        list(osv.advisories(tmp_path / "a.zip"))
    monkeypatch.setattr(osv, "MAX_ADVISORIES", 1)
    with pytest.raises(UserError, match="more than 1 advisories"):
        list(osv.advisories(tmp_path / "a.json"))
    monkeypatch.setattr(osv, "MAX_FILE_BYTES", 10)
    with pytest.raises(UserError, match="more than 10 bytes"):
        list(osv.advisories(tmp_path / "a.json"))


def test_an_accepted_advisory_is_no_finding_until_its_day(tmp_path: Path) -> None:
    file = tmp_path / "accepted.toml"
    file.write_text('[[ignore]]\nid = "CVE-1"\nreason = "not called"\nuntil = 2027-01-31\n')
    today = datetime.date(2027, 1, 31)
    one = osv._DECODER.decode(json.dumps(advisory("npm", "thing", *FROM_0, aliases=["CVE-1"])))
    made = audit(bill(("npm", "thing", "1.0.0")), [one], Accepted((), entries(file, today)))
    assert (made.findings, [each.ignored for each in made.accepted]) == ([], ["not called"])
    assert entries(file, today + datetime.timedelta(1)) == []
    assert checked(("npm", "thing", "1.0.0"), advisory("npm", "thing", *FROM_0), ignored=("TEST-thing",)).findings == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[ignore]]\nid = "a"', "lacks the key `reason`"),
        ('[[ignore]]\nid = "a"\nreason = "b"\nuntil = "soon"', "`soon` is no day"),
        ('[[ingore]]\nid = "a"', "unknown key `ingore`"),
        ("ignore = 1", "must be an array"),
        ("ignore = [1]", "must be a table"),
    ],
)
def test_a_file_of_accepted_advisories_that_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "accepted.toml"
    file.write_text(text)
    with pytest.raises(AtollError, match=words) as raised:
        entries(file, datetime.date(2027, 1, 1))
    assert raised.value.location is not None and raised.value.location.file == str(file)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    apps.write(tmp_path)
    (tmp_path / "osv.json").write_text(
        json.dumps(
            [advisory("crates.io", "serde", {"introduced": "1.0.0"}, {"fixed": "1.0.201"}, aliases=["RUSTSEC-1"])]
        )
    )
    return tmp_path


def test_the_command_finds_and_says_what_to_do(shop: Path, atoll: Atoll) -> None:  # noqa: F811
    said: Said = atoll("audit", "--advisories", "osv.json")
    assert said.code == 1
    assert said.out.splitlines()[:4] == [
        "serde 1.0.200 (crates.io): TEST-serde (RUSTSEC-1)",
        "  It is broken",
        "  in front",
        "  update it to 1.0.201",
    ]
    assert said.out.endswith("1 advisories: 1 found\n")
    told = json.loads(atoll("audit", "--advisories", "osv.json", "--json").out)
    assert told["findings"][0]["fixed"] == "1.0.201" and told["packages"] > 5
    fine = atoll("audit", "--advisories", "osv.json", "--ignore", "RUSTSEC-1")
    assert fine.code == 0 and "accepted: TEST-serde of serde" in fine.out and "nothing found" in fine.out


@pytest.mark.parametrize("form", ["cyclonedx", "spdx"])
def test_a_bill_is_audited_as_its_app(shop: Path, atoll: Atoll, form: str) -> None:  # noqa: F811
    assert atoll("sbom", "--format", form, "-o", "bill.json").code == 0
    of_app = json.loads(atoll("audit", "--advisories", "osv.json", "--json").out)
    of_bill = atoll("audit", "--sbom", "bill.json", "--advisories", "osv.json", "--json")
    assert of_bill.code == 1 and json.loads(of_bill.out)["findings"] == of_app["findings"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "neither CycloneDX nor SPDX"),
        ('{"bomFormat": "CycloneDX", "components": [{}]}', "is not what it says"),
        ('{"bomFormat": "CycloneDX", "components": 1}', "is not what it says"),
        ('{"spdxVersion": "SPDX-2.3", "packages": [{}]}', "is not what it says"),
    ],
)
def test_a_bill_that_is_none_is_named(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "bill.json"
    file.write_text(content)
    with pytest.raises(UserError, match=words) as raised:
        read(file)
    assert raised.value.code == "sbom-invalid"


def test_a_large_bill_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.packages.sbom.reading.MAX_BYTES", 5)
    (tmp_path / "bill.json").write_text('{"bomFormat": "CycloneDX"}')
    with pytest.raises(UserError, match="more than 5 bytes"):
        read(tmp_path / "bill.json")


def test_what_others_wrote_is_read(tmp_path: Path) -> None:
    file = tmp_path / "bill.json"
    nested = {"type": "library", "group": "@a", "name": "b", "version": "1.0.0", "purl": "pkg:npm/%40a/b@1.0.0"}
    outer = {"type": "container", "name": "c", "components": [nested]}
    file.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.4", "components": [outer]}))
    one = osv._DECODER.decode(json.dumps(advisory("npm", "@a/b", *FROM_0)))
    found = audit(read(file), [one], Accepted())
    assert [(one.package, one.components) for one in found.findings] == [("@a/b", ["c"])]


def test_an_app_and_a_bill_at_once_are_refused(tmp_path: Path, atoll: Atoll) -> None:  # noqa: F811
    said = atoll("audit", "-f", "x", "--sbom", "y", "--advisories", "z")
    assert said.code == 1 and "instead of an app" in said.err
