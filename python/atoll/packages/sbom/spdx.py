"""A bill as SPDX 2.3, in JSON."""

from typing import Any

from atoll import __version__
from atoll.packages.sbom.bill import Bill, Material, edges, plain_references, written_at

VERSION = "SPDX-2.3"

_DOCUMENT = "SPDXRef-DOCUMENT"
_PURPOSES = {"application": "APPLICATION", "component": "APPLICATION", "library": "LIBRARY", "framework": "FRAMEWORK"}


def document(bill: Bill) -> dict[str, Any]:
    """The document, as plain values. Raises UserError for a `SOURCE_DATE_EPOCH` that is none."""
    created = written_at().isoformat().replace("+00:00", "Z")
    refs = {ref: f"SPDXRef-{name}" for ref, name in plain_references(bill.materials.values()).items()}
    name = refs[bill.root.ref].removeprefix("SPDXRef-")
    return {
        "spdxVersion": VERSION,
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": bill.root.name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{bill.digest()}",
        "creationInfo": {"created": created, "creators": [f"Tool: atoll-{__version__}"]},
        "packages": [_package(one, refs, created) for one in [bill.root, *bill.sorted()]],
        "relationships": [
            _relation(_DOCUMENT, "DESCRIBES", refs[bill.root.ref]),
            *(_relation(refs[ref], "DEPENDS_ON", refs[part]) for ref, parts in edges(bill) for part in parts),
        ],
    }


def _package(one: Material, refs: dict[str, str], created: str) -> dict[str, Any]:
    notes = [("atoll:kind", one.kind), *one.facts]
    found: dict[str, Any] = {
        "SPDXID": refs[one.ref],
        "name": one.name,
        **({"versionInfo": one.version} if one.version else {}),
        **({"description": one.description} if one.description else {}),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "supplier": "NOASSERTION",
        "primaryPackagePurpose": _PURPOSES[one.kind],
        "annotations": [_annotation(f"{name}: {text}", created) for name, text in notes],
    }
    if one.hashes:
        hashes = sorted(one.hashes.items())
        found["checksums"] = [{"algorithm": alg.replace("-", ""), "checksumValue": text} for alg, text in hashes]
    if one.purl:
        found["externalRefs"] = [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": one.purl}
        ]
    return found


def _annotation(text: str, created: str) -> dict[str, str]:
    return {
        "annotationDate": created,
        "annotationType": "OTHER",
        "annotator": f"Tool: atoll-{__version__}",
        "comment": text,
    }


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
