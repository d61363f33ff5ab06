"""How much is kept, by age and by count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Self

from heartbeat.settings import Settings

REMEMBERED = timedelta(days=31)
"""How far back beats look at single actions and deliveries, whatever the settings say."""


class Rows(StrEnum):
    """What is deleted when it is old."""

    BEATS = "beats"
    DELIVERIES = "deliveries"
    EVENTS = "events"
    TEXTS = "texts"
    """Texts of items that stay in the inbox."""
    ITEMS = "items"
    VERDICTS = "verdicts"


@dataclass(frozen=True)
class Kept:
    """What is kept; whichever keeps more of an age and a count holds, and None keeps all.

    ``beats`` counts the last of each thread, ``deliveries`` and ``events`` the last of the workspace. ``text_age``
    is that of texts in the inbox, see `inbox.past`. ``acted_age`` is the least age of a beat that is deleted with an
    action, or that was rejected. ``hole`` is the longest time
    between two slots of deleted beats that counts as covered by them, by default ``beat_age``: a wrong clock that was
    ahead by less has not deleted what it must find when it is set right.
    """

    beat_age: timedelta | None = None
    beats: int = 1
    delivery_age: timedelta | None = None
    deliveries: int = 1
    events: int | None = None
    text_age: timedelta | None = None
    acted_age: timedelta = REMEMBERED
    hole: timedelta | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say."""
        beats, beat_days = settings.beats_kept, settings.beats_kept_days
        deliveries, delivery_days = settings.deliveries_kept, settings.deliveries_kept_days
        return cls(
            beat_age=timedelta(days=beat_days) if beats and beat_days else None,
            beats=beats,
            delivery_age=timedelta(days=delivery_days) if deliveries and delivery_days else None,
            deliveries=deliveries,
            events=settings.events_kept or None,
            text_age=timedelta(days=settings.inbox_kept_days) if settings.inbox_kept_days else None,
        )
