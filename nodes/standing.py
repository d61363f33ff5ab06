"""Standing approvals in a run: whether one covers the draft, and whether it still stands when the draft is done."""

from __future__ import annotations

from sqlmodel import Session

from heartbeat.approval import place_of
from heartbeat.errors import InvalidValueError
from heartbeat.store import standing
from heartbeat.store.approval_tables import StandingApproval
from heartbeat.store.approval_views import approval_view
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import ActionKind, AnswerOrigin, BeatStatus, Reason, StandingEnd
from nodes.services import Services
from nodes.state import Update, ending
from nodes.view import StateView

_WHY = {
    StandingEnd.ELSEWHERE: "the connection leads elsewhere now",
    StandingEnd.REMOVED: "the connection was removed",
    None: "it was revoked",
}


def covering(session: Session, beat: StateView) -> StandingApproval | None:
    """Return the standing approval that covers the draft of a beat, None if there is none.

    None covers what was made from something private: whoever gave it had seen another text.
    """
    if beat.feed.private:
        return None
    draft = beat.draft
    return standing.find(session, beat.thread_id, draft.kind, place_of(draft.model_dump(mode="json")))


def check_always(beat: StateView) -> None:
    """Check that what is approved for good would be covered: nothing is that was made from something private.

    Raises:
        InvalidValueError: the beat saw something private.
    """
    if beat.feed.private:
        raise InvalidValueError(
            "always",
            "always: true is not allowed here: the beat saw something private, and no standing approval covers what "
            "is made from that; approve this action alone",
        )


def keep_address(beat: StateView, services: Services) -> None:
    """Record where the connection of a draft leads, and end what stands for it if it led elsewhere before.

    A tell is approved wherever it goes.
    """
    place = place_of(beat.draft.model_dump(mode="json"))
    if place != ActionKind.TELL:
        services.connections.follow([place])


def follow(beat: StateView, services: Services) -> None:
    """End the standing approval that covers the draft if its connection leads elsewhere than when it was given."""
    stands = services.store.read(covering, beat)
    if stands is not None:
        keep_address(beat, services)


def ended(session: Session, row: Beat) -> Update | None:
    """Return the end of a beat whose standing approval does not stand any more; None if it does, or needs none."""
    given = approval_view(row.approval)
    if given is None or given.by != AnswerOrigin.STANDING:
        return None
    stands = session.get(StandingApproval, given.standing_id)
    if stands is None or stands.revoked_at is None:
        return None
    said = f"Nothing was done, since standing approval {stands.id} ended meanwhile: {_WHY[stands.reason]}."
    return ending(BeatStatus.SKIPPED, said, reason=Reason.AWAITING_APPROVAL)
