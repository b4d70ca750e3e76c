"""Lock files of languages: which packages of others a component was built with.

Each reader takes the text of a file and gives `Packages`; one that cannot be read raises ValueError with the reason.
"""

from msgspec import Struct, field

from atoll.packages.sbom.bill import Material

MAX_BYTES = 32 << 20
MAX_PACKAGES = 50_000


class Packages(Struct, kw_only=True):
    """The packages of one lock file; `direct` are those that the project names itself, `needs` those of a package."""

    materials: list[Material] = field(default_factory=list)
    direct: set[str] = field(default_factory=set)
    needs: dict[str, set[str]] = field(default_factory=dict)
