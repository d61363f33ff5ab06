"""The two forms of an approval: what a person is shown, and which answers a resume gives."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain.agents.middleware.human_in_the_loop import HITLRequest, HITLResponse
from pydantic import TypeAdapter

from heartbeat.draft import Draft
from heartbeat.errors import InvalidValueError
from heartbeat.store.approvals import Answer, Edit
from nodes.approval_form import FORMS, Request, answer_of

POST = Draft(kind="post", board="general", title="Tea &lt;b&gt;", content="Words", target="forum")
NOTE = Draft(kind="note", file="todo.md", mode="append", text="Buy tea", target="notes")
OWN = Draft(kind="flag", post_id="3", fields={"label": "spam", "weight": 2, "why": None}, target="moderation")
UNTIL = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def edited(args: Any, name: Any = "post") -> dict[str, Any]:
    return {"decisions": [{"type": "edit", "edited_action": {"name": name, "args": args}}]}


def refused(resume: object, draft: Draft = POST) -> str:
    with pytest.raises(InvalidValueError) as raised:
        answer_of(resume, draft)
    return str(raised.value)


@pytest.mark.parametrize("draft", [POST, NOTE, OWN])
def test_request_is_one_of_langchain_and_ours(draft: Draft) -> None:
    value = Request(7, draft, UNTIL, in_place=False).value()
    adapter = TypeAdapter(HITLRequest)
    checked = adapter.validate_python({name: value[name] for name in HITLRequest.__required_keys__})
    [request], [review] = checked["action_requests"], checked["review_configs"]
    assert request["name"] == review["action_name"] == draft.kind
    assert review["allowed_decisions"] == ["approve", "edit", "reject"]
    assert (value["beat_id"], value["expires_at"]) == (7, "2026-11-03T12:00:00Z")
    assert value["action"] == draft.model_dump(mode="json")
    assert "refused" not in value


def test_request_says_what_waits_until_when_and_what_happens_meanwhile() -> None:
    waits = Request(7, POST, UNTIL, in_place=False, timezone="Europe/Berlin")
    assert waits.value()["action_requests"][0]["description"] == (
        "post on general: Tea &lt;b&gt;. It waits until Tue 2026-11-03 13:00 Europe/Berlin; if nobody has answered "
        "by then, it is not done. Until then the thread goes on, but does nothing else on forum."
    )
    held = Request(7, POST, None, in_place=True).value()["action_requests"][0]["description"]
    assert held.endswith("It waits for a person. Until then the thread does not beat.")


@pytest.mark.parametrize(
    ("draft", "args"),
    [
        (POST, {"board": "general", "title": "Tea <b>", "content": "Words"}),
        (NOTE, {"file": "todo.md", "mode": "append", "text": "Buy tea"}),
        (OWN, {"post_id": "3", "label": "spam", "weight": 2, "why": None}),
    ],
)
def test_args_are_the_fields_that_can_be_edited(draft: Draft, args: dict[str, Any]) -> None:
    assert Request(7, draft, UNTIL, in_place=True).value()["action_requests"][0]["args"] == args


@pytest.mark.parametrize(
    ("resume", "answer"),
    [
        ({"answer": "approve"}, Answer(answer="approve")),
        ({"answer": "approve", "always": True}, Answer(answer="approve", always=True)),
        ({"answer": "reject", "reason": "dull"}, Answer(answer="reject", reason="dull")),
        (
            {"answer": "approve", "edit": {"title": "Mine"}},
            Answer(answer="approve", edit=Edit(title="Mine")),
        ),
        (Answer(answer="reject"), Answer(answer="reject")),
        ({"decisions": [{"type": "approve"}]}, Answer(answer="approve")),
        ({"decisions": [{"type": "reject"}]}, Answer(answer="reject")),
        ({"decisions": [{"type": "reject", "message": "dull"}]}, Answer(answer="reject", reason="dull")),
        (edited({"title": "Mine"}), Answer(answer="approve", edit=Edit(title="Mine"))),
        (
            edited({"title": "Mine", "board": "general", "content": "Words"}),
            Answer(answer="approve", edit=Edit(title="Mine")),
        ),
        (edited({"title": "Tea <b>"}), Answer(answer="approve")),
        (edited({}), Answer(answer="approve")),
    ],
)
def test_answers(resume: object, answer: Answer) -> None:
    found = answer_of(resume, POST)
    assert found == answer
    assert found.model_fields_set == answer.model_fields_set
    if isinstance(resume, dict) and "decisions" in resume:
        TypeAdapter(HITLResponse).validate_python(resume)


def test_edit_of_an_action_of_a_targets_own_kind() -> None:
    found = answer_of(edited({"post_id": "4", "label": "rude", "weight": 2}, "flag"), OWN)
    assert found.edit is not None
    assert found.edit.model_dump(exclude_unset=True) == {"post_id": "4", "fields": {"label": "rude"}}


OBJECT = f"allowed: an object: {FORMS}"
ONE = "allowed: a list of one decision"
DEEP: Any = []
for _ in range(100):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("resume", "sentence"),
    [
        (None, f"resume: null is not allowed; {OBJECT}"),
        ("approve", f'resume: "approve" is not allowed; {OBJECT}'),
        (
            [{"type": "accept", "args": None}],
            f'resume: [{{"type": "accept", "args": null}}] is not allowed; {OBJECT}',
        ),
        ({}, "answer: missing; allowed: approve, reject"),
        ({"answer": "perhaps"}, 'answer: "perhaps" is not allowed; allowed: approve, reject'),
        ({"answer": "approve", "always": "x"}, 'always: "x" is not allowed; allowed: true, false'),
        (
            {"answer": "reject", "always": True},
            "always: only what is approved can be approved from now on; leave it out",
        ),
        ({"answer": "approve", "more": 1}, f"more: unknown field; allowed: {FORMS}"),
        (
            {"answer": "approve", "edit": "Mine"},
            'edit: "Mine" is not allowed; allowed: an object of the fields to change',
        ),
        ({"answer": "approve", "edit": {"title": 5}}, "edit.title: 5 is not allowed; allowed: text"),
        (
            {"answer": "approve", "edit": {"vote_direction": "up"}},
            "edit.vote_direction: a post has no such field; allowed: board, title, content",
        ),
        (
            {"answer": "reject", "reason": "x" * 501},
            f'reason: "{"x" * 56}... is not allowed; allowed: text of up to 500 characters, or null',
        ),
        ({"decisions": "approve"}, f'decisions: "approve" is not allowed; {ONE}'),
        ({"decisions": []}, f"decisions: [] is not allowed; {ONE}"),
        (
            {"decisions": [{"type": "approve"}] * 2},
            f'decisions: [{{"type": "approve"}}, {{"type": "approve"}}] is not allowed; {ONE}',
        ),
        ({"decisions": [None]}, f"decisions.0: null is not allowed; {ONE}"),
        ({"decisions": [{}]}, "decisions.0.type: missing; allowed: approve, edit, reject"),
        (
            {"decisions": [{"type": "respond", "message": "I did it"}]},
            'decisions.0.type: "respond" is not allowed; allowed: approve, edit, reject',
        ),
        (
            {"decisions": [{"type": "approve", "args": {}}]},
            f"decisions.0.args: unknown field; allowed: {FORMS}",
        ),
        (
            {"decisions": [{"type": "approve"}], "answer": "reject"},
            f"answer: unknown field; allowed: {FORMS}",
        ),
        (
            {"decisions": [{"type": "reject", "message": 5}]},
            "decisions.0.message: 5 is not allowed; allowed: text of up to 500 characters, or null",
        ),
        (
            {"decisions": [{"type": "edit"}]},
            'decisions.0.edited_action: missing; allowed: {"name": the kind of the action, "args": '
            "{the fields to change}}",
        ),
        (
            edited({"title": "Mine"}, "vote"),
            'decisions.0.edited_action.name: "vote" is not the kind of this action; allowed: post',
        ),
        (
            edited(["Mine"]),
            'decisions.0.edited_action.args: ["Mine"] is not allowed; allowed: an object of the fields to change',
        ),
        (edited({"title": 5}), "decisions.0.edited_action.args.title: 5 is not allowed; allowed: text"),
        (
            edited({"colour": "red"}),
            "decisions.0.edited_action.args.colour: a post has no such field; allowed: board, title, content",
        ),
        ({"answer": "approve", "edit": {"fields": {"x": DEEP}}}, f"resume: nested too deeply; {OBJECT}"),
        ({"answer": "reject", "edit": {"fields": {"x": math.nan}}}, f"resume: not JSON; {OBJECT}"),
        ({"answer": object()}, f"resume: not JSON; {OBJECT}"),
        (
            {"answer": "reject", "reason": "x" * 1_000_000},
            f"resume: 1000034 characters are more than 200000; {OBJECT}",
        ),
    ],
)
def test_a_malformed_answer_names_field_value_and_what_is_allowed(resume: object, sentence: str) -> None:
    assert refused(resume) == sentence


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(
    [
        "answer",
        "edit",
        "reason",
        "always",
        "decisions",
        "type",
        "edited_action",
        "name",
        "args",
        "message",
        "title",
    ]
)


@given(
    resume=JSON
    | st.recursive(JSON, lambda inner: st.dictionaries(WORDS, inner) | st.lists(inner, max_size=2))
)
def test_whatever_is_sent_is_an_answer_or_refused_with_a_short_sentence(resume: object) -> None:
    try:
        found: Answer | str = answer_of(resume, POST)
    except InvalidValueError as error:
        found = str(error)
    assert isinstance(found, Answer) or (": " in found and len(found) < 400)
