"""Shares with their intervals."""

from __future__ import annotations

import math


def share(hits: int, of: int) -> str:
    """Return a share with its 95 % Wilson interval."""
    if not of:
        return "0/0"
    low, high = wilson(hits, of)
    return f"{hits}/{of} = {hits / of:.0%} ({low:.0%} to {high:.0%})"


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson interval of a share; ``of`` is over 0."""
    share = hits / of
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)
