"""To tell the owner something, and to note something in a file: what a decision may say, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft, Offer, build_schema
from heartbeat.feed import Item
from heartbeat.validation import validate

AT = datetime(2026, 11, 2, tzinfo=UTC)
ABLE = Capabilities(kinds=("tell", "note"), sources=())


def item(**given: Any) -> Item:
    values = {"source": "forum", "kind": "post", "id": "3", "position": 3, "author": "bo", "title": "Shop"}
    return Item.model_validate({**values, "content": "It is down.", "created_at": AT, **given})


ITEMS = (
    item(),
    item(kind="comment", id="3", post_id="3", content="Still."),
    item(source="thread", kind="message", id="7", author="owner", from_owner=True, title=""),
)
OFFER = Offer.of(ITEMS, ABLE)


def drafted(offer: Offer = OFFER, **decision: Any) -> Draft:
    verdict = validate(decision, offer, ABLE)
    assert verdict.draft is not None, verdict.problems
    return verdict.draft


def refused(**decision: Any) -> str:
    (problem,) = validate(decision, OFFER, ABLE).problems
    return problem


def test_schema_has_their_fields_only_where_they_are_offered() -> None:
    properties = build_schema(OFFER, ABLE)["properties"]
    assert properties["action"]["enum"] == ["tell", "note", "none"]
    assert properties["text"]["anyOf"][0] == {"type": "string", "maxLength": 1000}
    assert properties["about"]["anyOf"][0]["enum"] == ["post 3", "comment 3", "message 7"]
    assert properties["mode"]["anyOf"][0]["enum"] == ["append", "tick"]
    assert list(build_schema(Offer(kinds=("vote",)), ABLE)["properties"]) == [
        "reasoning",
        "action",
        "vote_direction",
        "note",
    ]
    assert "file" not in build_schema(Offer.of(ITEMS, Capabilities(kinds=("tell",))), ABLE)["properties"]


def test_other_decisions_are_asked_for_as_before() -> None:
    can = Capabilities(boards=("general",))
    offer = Offer.of(ITEMS, can)
    assert offer.about == {}
    assert list(build_schema(offer, can)["properties"]) == [
        *(
            "reasoning",
            "action",
            "title",
            "content",
            "board",
            "post_id",
            "comment_id",
            "vote_direction",
            "note",
        )
    ]


@pytest.mark.parametrize(
    "named", ["post 3", "post:3", "[post 3]", "forum.post:3", " post 3 "], ids=lambda text: text.strip()
)
def test_an_item_is_named_as_the_prompt_calls_it_or_by_its_key(named: str) -> None:
    assert drafted(action="tell", text="The shop is down.", about=named).about == "forum.post:3"


def test_an_id_alone_is_enough_where_one_item_has_it() -> None:
    assert drafted(action="tell", text="Yes?", about=7).about == "thread.message:7"
    assert refused(action="tell", text="The shop is down.", about="3").startswith('about: "3" was not shown;')


@pytest.mark.parametrize("about", [None, ""])
def test_a_tell_need_not_be_about_an_item(about: str | None) -> None:
    draft = drafted(action="tell", text="Good <morning> & more", about=about)
    assert (draft.text, draft.about, draft.target_id) == ("Good <morning> & more", None, None)


def test_what_was_not_shown_and_what_says_nothing_is_refused() -> None:
    assert refused(action="tell", text="x", about="post 4") == (
        'about: "post 4" was not shown; allowed: post 3, comment 3, message 7'
    )
    assert refused(action="tell") == "text: missing; allowed: text of 1 to 1000 characters"
    assert refused(action="tell", text=" ") == "text: blank; allowed: text of 1 to 1000 characters"


def test_a_text_that_is_too_long_is_cut_with_a_remark() -> None:
    verdict = validate({"action": "tell", "text": "x" * 1001}, OFFER, ABLE)
    assert verdict.draft is not None
    assert verdict.draft.text == "x" * 999 + "…"
    assert verdict.remarks == ("text: cut from 1001 to 1000 characters",)


def test_telling_about_the_same_item_again_is_a_duplicate_until_the_item_changes() -> None:
    def told(text: str, content: str = "It is down.", target: str = "phone") -> str:
        offer = Offer.of([item(content=content)], ABLE)
        return drafted(offer, action="tell", text=text, about="post 3").digest(target)

    assert told("The shop is down.") == told("The shop cannot be reached.", target="mail")
    assert told("The shop is down.") != told("The shop is down.", content="It is down again, since 14:00.")


def test_an_item_that_the_prompt_had_to_cut_is_still_the_same() -> None:
    long = item(content="x" * 9_000)
    assert long.shortened(900).content != long.content
    assert Offer.of([long.shortened(900)], ABLE).about == Offer.of([long], ABLE).about


def test_an_order_of_the_owner_may_ask_for_several_different_tells() -> None:
    first = drafted(action="tell", text="Three things are open.", about="message 7")
    second = drafted(action="tell", text="Two things are open.", about="message 7")
    assert first.about_digest is None
    assert first.digest("phone") != second.digest("phone")


def test_tells_about_nothing_are_told_apart_by_their_text() -> None:
    one, other = (drafted(action="tell", text=text).digest("phone") for text in ("One", "Two"))
    assert one != other


@pytest.mark.parametrize("file", ["../x.md", "/etc/x.md", "a//b.md", "a/./b.md", "a\\b.md", "", "x" * 201, 7])
def test_the_file_of_a_note_lies_in_the_folder(file: object) -> None:
    assert refused(action="note", text="Tea", file=file).startswith("file: ")


def test_a_note_adds_a_line_unless_it_ticks_a_box() -> None:
    draft = drafted(action="note", text="Buy\n tea", file="lists/todo.md")
    assert (draft.mode, draft.text, draft.file) == ("append", "Buy tea", "lists/todo.md")
    assert drafted(action="note", text="Buy tea", file="todo.md", mode="tick").mode == "tick"
    assert refused(action="note", text="Tea", file="todo.md", mode="erase") == (
        'mode: "erase" is not allowed; allowed: append, tick'
    )
    assert refused(action="note", text="Tea").startswith("file: missing; allowed: the path of a file")


@pytest.mark.parametrize(
    ("decision", "would", "did"),
    [
        (
            {"action": "tell", "text": "The shop is down."},
            "tell you: The shop is down.",
            "Told you: The shop",
        ),
        (
            {"action": "note", "file": "todo.md", "text": "Buy tea"},
            "note in todo.md: Buy tea",
            "Noted in todo",
        ),
        (
            {"action": "note", "file": "todo.md", "text": "Buy tea", "mode": "tick"},
            "tick in todo.md: Buy tea",
            "Ticked in todo.md: Buy tea",
        ),
    ],
)
def test_words(decision: dict[str, Any], would: str, did: str) -> None:
    draft = drafted(**decision)
    assert draft.describe() == would
    assert draft.report().startswith(did)


def test_a_post_without_board_or_title_is_described_by_its_words() -> None:
    can = Capabilities(kinds=("post",), title_required=False, sources=(), votes={})
    assert Offer.of((), can).kinds == ()
    offer = Offer.of((), can, without_board=True)
    assert "board" not in build_schema(offer, can)["properties"]
    draft = validate({"action": "post", "content": "Good morning"}, offer, can).draft
    assert draft is not None
    assert (draft.board, draft.describe()) == (None, "post: Good morning")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "post", "title": "Tea"}, "post to masto: Tea"),
        ({"kind": "post", "board": "general", "title": "Tea"}, "post on general to masto: Tea"),
        ({"kind": "comment", "post_id": "3", "content": "Good."}, "comment on post:3 at masto: Good."),
        ({"kind": "vote", "post_id": "3", "vote_direction": "up"}, "vote up on post:3 at masto"),
        (
            {"kind": "label", "post_id": "3", "fields": {"name": "idea"}},
            "label on post:3 at masto: name idea",
        ),
    ],
)
def test_where_an_action_goes_is_said_where_it_is_asked_for(fields: dict[str, Any], words: str) -> None:
    draft = Draft(**fields, target="masto")
    assert draft.describe(name_target=True) == words
    assert "masto" not in draft.describe()


def test_two_targets_of_one_kind_may_be_told_apart() -> None:
    properties = build_schema(OFFER.model_copy(update={"targets": ("forum", "public")}), ABLE)["properties"]
    assert properties["target"]["anyOf"][0]["enum"] == ["forum", "public"]


def test_drafts_survive_json() -> None:
    draft = drafted(action="note", text="Buy tea", file="todo.md", mode="tick", about="comment 3")
    assert Draft.model_validate_json(draft.model_dump_json()) == draft
    assert draft.target_id == "comment:3"
