"""An action as a target outside is given it."""

from __future__ import annotations

from heartbeat.draft import Draft
from heartbeat.outgoing import Outgoing


def outgoing_of(draft: Draft, thread_id: str, beat_id: int) -> Outgoing:
    """Return what is delivered for a draft of a beat."""
    given = draft.model_dump(mode="json")
    shared = {name: given[name] for name in Outgoing.model_fields if name in given}
    return Outgoing(**shared, thread_id=thread_id, beat_id=beat_id)
