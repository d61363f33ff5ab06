"""Which actions count as done: for the day's count, for duplicates, and for a target's cooldowns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select

from heartbeat.store.tables import Action
from heartbeat.vocabulary import ActionStatus, DeliveryReason

_OPEN_AGAIN = (DeliveryReason.REFUSED, DeliveryReason.EXPIRED)


def counts_as_done() -> ColumnElement[bool]:
    """Return the condition on rows of actions that count as done.

    All do but those that failed. Of these, one that a person cancelled counts, so that the agent does not propose it
    again; and of those that the target refused or that expired, the second and later ones with the same content or
    about the same item: such an action is open again once.
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
    # Of what is about no item, only the content can tell; a comparison with NULL is never true.
    return and_(
        earlier.kind == Action.kind,
        func.coalesce(earlier.about, earlier.target_id) == func.coalesce(Action.about, Action.target_id),
    )
