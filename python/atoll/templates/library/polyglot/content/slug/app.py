"""A text as a part of an address."""

import re
import unicodedata

import wit_world.exports


class Slugs(wit_world.exports.Slugs):
    def slug(self, text: str) -> str:
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        return "-".join(re.findall("[a-z0-9]+", plain.lower()))
