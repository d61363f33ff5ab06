"""Which actions count as done: for the day's count, for duplicates, and for a target's cooldowns."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, or_, select

from heartbeat.store.tables import Action
from heartbeat.vocabulary import ActionStatus, DeliveryReason

_OPEN_AGAIN = (DeliveryReason.REFUSED, DeliveryReason.EXPIRED)


@cache
def counts_as_done() -> ColumnElement[bool]:
    """Return the condition on rows of actions that count as done.

    All do but those that failed. Of these, one that a person cancelled counts, so that the agent does not propose it
    again; and of those that the target refused or that expired, the second and later ones with the same digest, or
    of the same kind on the same item: such an action is open again once.
    """
    earlier: Any = aliased(Action)
    failed_before = (
        select(earlier.id)
        .where(
            earlier.thread_id == Action.thread_id,
            earlier.id < Action.id,
            earlier.status == ActionStatus.FAILED,
            earlier.reason.in_(_OPEN_AGAIN),
            or_(earlier.digest == Action.digest, _same_item(earlier)),
        )
        .correlate(Action)
        .exists()
    )
    return or_(
        col(Action.status) != ActionStatus.FAILED,
        col(Action.by_person),
        and_(col(Action.reason).in_(_OPEN_AGAIN), failed_before),
    )


def _same_item(earlier: Any) -> ColumnElement[bool]:
    # The digest of what is told or noted about an item changes with the item, which may be told of again then.
    return and_(
        col(Action.about).is_(None), earlier.kind == Action.kind, earlier.target_id == Action.target_id
    )
