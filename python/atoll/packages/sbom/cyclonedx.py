"""A bill as CycloneDX 1.6, in JSON."""

import uuid
from typing import Any

from atoll import __version__
from atoll.packages.sbom.bill import Bill, Material, edges, plain_references, written_at

VERSION = "1.6"

# A wasm file runs, the app is what it runs in.
_TYPES = {"application": "application", "component": "application", "library": "library", "framework": "framework"}


def document(bill: Bill) -> dict[str, Any]:
    """The document, as plain values. Raises UserError for a `SOURCE_DATE_EPOCH` that is none."""
    refs = plain_references(bill.materials.values())
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": VERSION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'atoll:{bill.digest()}')}",
        "version": 1,
        "metadata": {
            "timestamp": written_at().isoformat().replace("+00:00", "Z"),
            "tools": {"components": [{"type": "application", "name": "atoll", "version": __version__}]},
            "component": _component(bill.root, refs),
        },
        "components": [_component(one, refs) for one in bill.sorted()],
        "dependencies": [
            {"ref": refs[ref], "dependsOn": sorted(refs[part] for part in parts)} for ref, parts in edges(bill)
        ],
    }


def _component(one: Material, refs: dict[str, str]) -> dict[str, Any]:
    facts = [("atoll:kind", one.kind), *one.facts]
    return {
        "type": _TYPES[one.kind],
        "bom-ref": refs[one.ref],
        "name": one.name,
        **({"version": one.version} if one.version else {}),
        **({"description": one.description} if one.description else {}),
        **(
            {"hashes": [{"alg": alg, "content": text} for alg, text in sorted(one.hashes.items())]}
            if one.hashes
            else {}
        ),
        **({"purl": one.purl} if one.purl else {}),
        "properties": [{"name": name, "value": value} for name, value in facts],
    }
