"""Bills that lie in a file, of atoll or of others: CycloneDX and SPDX, in JSON."""

import json
from pathlib import Path
from typing import Any

from atoll.errors import UserError
from atoll.files import TooLarge, read_bounded
from atoll.packages.sbom.bill import Bill, Material

CODE = "sbom-invalid"
MAX_BYTES = 64 << 20
_MAX_DEPTH = 50
_HINT = "name a bill in CycloneDX or SPDX 2, as JSON, such as `atoll sbom` writes"


def read(file: Path) -> Bill:
    """The bill in a file. Raises UserError `sbom-invalid`."""
    try:
        content = read_bounded(file, MAX_BYTES)
    except OSError as error:
        raise UserError(CODE, f"{file} cannot be read: {error.strerror}", _HINT) from None
    except TooLarge:
        raise UserError(CODE, f"{file} has more than {MAX_BYTES} bytes", "split it") from None
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(CODE, f"{file} is not JSON: {error}", _HINT) from None
    kind = document if isinstance(document, dict) else {}
    try:
        if kind.get("bomFormat") == "CycloneDX":
            return _cyclonedx(kind)
        if str(kind.get("spdxVersion", "")).startswith("SPDX-2"):
            return _spdx(kind)
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(CODE, f"{file} is not what it says: {error!r}", _HINT) from None
    raise UserError(CODE, f"{file} is neither CycloneDX nor SPDX 2", _HINT)


def _cyclonedx(document: dict[str, Any]) -> Bill:
    bill = Bill()
    root = document.get("metadata", {}).get("component") or {"name": "", "bom-ref": "", "type": "application"}
    _component(root, bill, "application", None, 0)
    for one in document.get("components") or ():
        _component(one, bill, _kind(one), bill.root.ref if "dependencies" not in document else None, 0)
    for one in document.get("dependencies") or ():
        for part in one.get("dependsOn") or ():
            if one["ref"] in bill.materials and part in bill.materials:
                bill.made_of[one["ref"]].add(part)
    return bill


def _component(one: dict[str, Any], bill: Bill, kind: str, within: str | None, depth: int) -> None:
    name = one["name"] if not one.get("group") else f"{one['group']}/{one['name']}"
    made = Material(
        ref=str(one.get("bom-ref") or one.get("purl") or name),
        kind=kind,
        name=str(name),
        version=str(one.get("version") or ""),
        purl=str(one.get("purl") or ""),
    )
    ref = bill.add(made, within)
    for inner in one.get("components") or () if depth < _MAX_DEPTH else ():
        _component(inner, bill, _kind(inner), ref, depth + 1)


def _kind(one: dict[str, Any]) -> str:
    told = {each["name"]: each.get("value") for each in one.get("properties") or ()}
    known = {"application": "component", "container": "component", "framework": "framework"}
    return "component" if told.get("atoll:kind") == "component" else known.get(one.get("type", ""), "library")


def _spdx(document: dict[str, Any]) -> Bill:
    bill = Bill()
    relations = document.get("relationships") or []
    described = {one["relatedSpdxElement"] for one in relations if one["relationshipType"] == "DESCRIBES"}
    packages = document.get("packages") or []
    for one in sorted(packages, key=lambda each: each["SPDXID"] not in described):
        purls = (ref for ref in one.get("externalRefs") or () if ref.get("referenceType") == "purl")
        purpose = "component" if one.get("primaryPackagePurpose") == "APPLICATION" else "library"
        bill.add(
            Material(
                ref=one["SPDXID"],
                kind="application" if one["SPDXID"] in described else purpose,
                name=one["name"],
                version=str(one.get("versionInfo") or ""),
                purl=next((str(ref["referenceLocator"]) for ref in purls), ""),
            )
        )
    if not bill.materials:
        bill.add(Material(ref="", kind="application", name=str(document.get("name", ""))))
    for one in relations:
        pair = (one["spdxElementId"], one["relatedSpdxElement"])
        if one["relationshipType"] == "DEPENDENCY_OF":
            pair = (pair[1], pair[0])
        if one["relationshipType"] in ("DEPENDS_ON", "CONTAINS", "DEPENDENCY_OF") and set(pair) <= set(bill.materials):
            bill.made_of[pair[0]].add(pair[1])
    return bill
