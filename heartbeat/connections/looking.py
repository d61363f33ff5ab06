"""Look at a connection once, for a person who tries it: nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch, FetchError
from heartbeat.instructions import masked_line
from heartbeat.vocabulary import FeedKind

_PLURALS: Mapping[FeedKind, str] = {FeedKind.ENTRY: "entries"}


def look_once(fetch: Fetch, now: datetime) -> str:
    """Return what a connection shows now, in a sentence or two.

    Raises:
        InvalidValueError: it cannot be looked at.
    """
    try:
        result = fetch.fetch(now, {}, fetch.time_limit)
    except FetchError as error:
        raise InvalidValueError(error.field or "values", str(error)) from None
    except Exception as error:
        raise InvalidValueError("values", f"It failed: {type(error).__name__}.") from error
    counts = Counter(item.kind for item in result.items)
    shown = ", ".join(_counted(number, kind) for kind, number in sorted(counts.items())) or "nothing"
    return " ".join([f"It shows {shown}.", *map(masked_line, result.problems[:3])])


def _counted(number: int, kind: FeedKind) -> str:
    return f"{number} {kind}" if number == 1 else f"{number} {_PLURALS.get(kind, f'{kind}s')}"
