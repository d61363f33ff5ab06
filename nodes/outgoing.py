"""An action as a target outside is given it."""

from __future__ import annotations

from heartbeat.draft import Draft
from heartbeat.outgoing import Outgoing, page_of
from heartbeat.vocabulary import ActionKind


def outgoing_of(draft: Draft, thread_id: str, beat_id: int, public_url: str | None) -> Outgoing:
    """Return what is delivered for a draft of a beat.

    A tell has a link to its beat, where ``public_url`` is known: where the owner opens the panel.
    """
    given = draft.model_dump(mode="json")
    shared = {name: given[name] for name in Outgoing.model_fields if name in given}
    url = page_of(public_url, beat_id) if draft.kind == ActionKind.TELL else None
    return Outgoing(**shared, thread_id=thread_id, beat_id=beat_id, url=url)
