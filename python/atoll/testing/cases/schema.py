"""Files of tests as JSON Schema (draft 2020-12), for editors: made from the model, as what reads them is."""

from typing import Any

from atoll.manifest.schema import Writer
from atoll.testing.cases.model import File


def schema() -> dict[str, Any]:
    """The JSON Schema of `*.test.toml`."""
    writer = Writer()
    return writer.document("*.test.toml", "Tests of an app, for `atoll test`.", writer.of(File))
