"""Content codings that a caller accepts."""

from __future__ import annotations


def accepted_codings(header: str) -> frozenset[str]:
    """Return the codings that an ``Accept-Encoding`` names with a weight above 0, in lower case.

    ``*`` stands for itself: whoever names no coding gets none.
    """
    found = set()
    for part in header.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        if name and _weight(parameters) > 0:
            found.add(name)
    return frozenset(found)


def _weight(parameters: list[str]) -> float:
    """Return the ``q`` of a coding; one that cannot be read counts as 0."""
    for each in parameters:
        key, _, value = each.partition("=")
        if key.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
