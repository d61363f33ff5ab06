"""The offer of one action, and the schema of one that is certain."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from heartbeat.capabilities import Capabilities, Shown
from heartbeat.decision import Offer, build_schema

CAPABILITIES = Capabilities(boards=("general", "news", "help"))
POSTS = {number: Shown(author="bo") for number in ("1", "2")}
COMMENTS = {number: Shown(author="cy", post_id="1") for number in ("1", "5")}
OFFER = Offer(kinds=("post", "comment", "vote"), boards=CAPABILITIES.boards, posts=POSTS, comments=COMMENTS)


def properties(offer: Offer, *, certain: bool = True) -> dict[str, Any]:
    schema = build_schema(offer, CAPABILITIES, certain=certain)
    jsonschema_rs.meta.validate(schema)
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False
    found: dict[str, Any] = schema["properties"]
    return found


def test_a_post_is_offered_on_its_boards_alone() -> None:
    narrow = OFFER.narrowed("post", boards=["news"])
    assert narrow == Offer(kinds=("post",), boards=("news",))
    found = properties(narrow)
    assert list(found) == ["reasoning", "action", "title", "content", "board", "note"]
    assert found["action"] == {"type": "string", "enum": ["post"]}
    assert found["board"] == {"type": "string", "enum": ["news"]}
    assert found["title"] == {"type": "string", "maxLength": CAPABILITIES.title_limit}


@pytest.mark.parametrize("boards", [[], ["nowhere"]])
def test_without_a_board_that_there_is_all_are_offered(boards: list[str]) -> None:
    assert OFFER.narrowed("post", boards=boards).boards == CAPABILITIES.boards


def test_boards_stay_in_the_order_of_the_offer() -> None:
    assert OFFER.narrowed("post", boards=["help", "general"]).boards == ("general", "help")


@pytest.mark.parametrize(
    ("given", "field"), [({"post_id": "2"}, "post_id"), ({"comment_id": "5"}, "comment_id")]
)
@pytest.mark.parametrize("kind", ["comment", "vote"])
def test_an_action_on_an_item_is_offered_on_this_one_alone(
    kind: str, given: dict[str, str], field: str
) -> None:
    narrow = OFFER.narrowed(kind, **given)
    assert narrow.kinds == (kind,)
    assert (*narrow.posts, *narrow.comments) == tuple(given.values())
    found = properties(narrow)
    assert found[field] == {"type": "string", "enum": list(given.values())}
    assert ({"post_id", "comment_id"} & set(found)) == {field}
    assert ("content" in found, "title" in found) == (kind == "comment", False)


def test_what_is_not_offered_is_not_offered_by_narrowing() -> None:
    offer = OFFER.model_copy(update={"kinds": ("post",)})
    assert offer.narrowed("comment", post_id="1").kinds == ()
    assert OFFER.narrowed("comment", post_id="99").posts == {}
    assert OFFER.narrowed("none") == Offer(boards=CAPABILITIES.boards)


def test_only_what_is_certain_leaves_out_silence_and_null() -> None:
    narrow = OFFER.narrowed("comment", post_id="1")
    found = properties(narrow, certain=False)
    assert found["action"]["enum"] == ["comment", "none"]
    assert found["content"]["anyOf"][1] == {"type": "null"}
    assert properties(narrow)["note"]["anyOf"][1] == {"type": "null"}, "a note is never needed"
    assert properties(OFFER, certain=False)["action"]["enum"] == ["post", "comment", "vote", "none"]


@pytest.mark.parametrize(("longest", "limit"), [(None, 5_000), (300, 300), (9_000, 5_000)])
def test_content_is_as_long_as_a_reply_can_be(longest: int | None, limit: int) -> None:
    schema = build_schema(OFFER.narrowed("post"), CAPABILITIES, certain=True, longest=longest)
    assert schema["properties"]["content"] == {"type": "string", "maxLength": limit}
