"""Limits that a program gives instead of a manifest, by the manifest's names."""

from collections.abc import Mapping

from atoll.errors import AtollError, UserError, raise_all
from atoll.manifest.limits import LIMITS


def limits_by_name(given: Mapping[str, object]) -> dict[str, int]:
    """As the data plane reads them. Raises UserError or Problems `limit-invalid`."""
    keys = {key.name: key for key in LIMITS}
    found, problems = {}, list[AtollError]()
    for name, value in given.items():
        try:
            if name not in keys:
                raise ValueError(f"there is no limit `{name}`; there are {', '.join(keys)}")
            found[keys[name].locked] = keys[name].read(value)
        except ValueError as error:
            problems.append(UserError("limit-invalid", f"limits[{name!r}]: {error}"))
    raise_all(problems)
    return found
