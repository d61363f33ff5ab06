"""What a target outside is given."""

from __future__ import annotations

import pytest

from heartbeat.draft import Draft
from heartbeat.notice import Notice, outgoing_of
from heartbeat.outgoing import Outgoing
from heartbeat.vocabulary import ActionKind, NoticeKind
from nodes import outgoing
from tests.support.world import START


@pytest.mark.parametrize(
    "draft",
    [
        Draft(kind=ActionKind.POST, title="&lt;b&gt;", content="a &lt; b &amp;lt; c"),
        Draft(kind=ActionKind.TELL, text="a &lt; b &amp;lt; c"),
        Draft(kind=ActionKind.NOTE, text="a < b &amp;lt; c", file="todo.md"),
        Draft(
            kind="label",
            post_id="1",
            fields={"title": "&lt;b&gt;", "why": "a &lt; b &amp;lt; c", "weight": 3},
        ),
    ],
    ids=lambda draft: draft.kind,
)
def test_what_goes_outside_reads_as_it_was_written(draft: Draft) -> None:
    given = outgoing.outgoing_of(draft, "demo", 1, None)
    texts = given.fields or {"title": given.title, "why": given.content or given.text}
    assert texts["why"] == "a < b &amp;lt; c"
    assert texts["title"] in (None, "<b>")
    assert texts.get("weight", 3) == 3
    assert Outgoing.model_validate(given.model_dump(mode="json")) == given


def test_what_was_queued_with_entities_goes_out_without() -> None:
    assert Outgoing.model_validate({"kind": "post", "content": "&lt;b&gt;"}).content == "<b>"


def test_a_notice_reads_as_what_it_is_about_was_written() -> None:
    notice = Notice(
        NoticeKind.APPROVAL_REQUESTED,
        at=START,
        thread_id="demo",
        beat_id=7,
        data={"summary": "Would post on general: a &lt; b."},
    )
    text = outgoing_of(notice, None).text or ""
    assert text.startswith("Would post on general: a < b.")
