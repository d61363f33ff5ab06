"""The calls about the built-in forum."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.http.site import Site
from tests.support.ollama import decision

BOARDS, POSTS, VOTES = "/api/forum/boards", "/api/forum/posts", "/api/forum/votes"
TEA = {"board": "general", "title": "Tea", "content": "Which <one>?", "author": "ana"}


def post(site: Site, **fields: Any) -> int:
    return int(site.post(POSTS, {**TEA, **fields}, 201)["id"])


def vote(site: Site, number: int, voter: str, value: int, kind: str = "post") -> int:
    body = {"target_type": kind, "target_id": number, "voter": voter, "value": value}
    return int(site.post(VOTES, body)["score"])


def test_boards_that_exist_from_the_start(site: Site) -> None:
    found = site.get(BOARDS)
    assert {board["id"] for board in found["items"]} == {"general", "heartbeat"}
    assert all(board["title"] for board in found["items"])
    assert found["next"] is None


def test_posts(site: Site) -> None:
    made = site.post(POSTS, TEA, 201)
    assert {**made, "id": 0} == {
        **TEA,
        "id": 0,
        "score": 0,
        "created_at": "2026-11-02T12:00:00Z",
        "comments": 0,
        "by_agent": False,
        "vote": None,
    }
    assert site.get(f"{POSTS}/{made['id']}") == made
    assert site.get(POSTS, limit=1)["items"] == [made]
    assert site.get(POSTS, board="heartbeat")["items"] == []


def test_posts_in_three_orders(own: Site) -> None:
    old, hot, new = (post(own, title=title) for title in ("old", "hot", "new"))
    for voter in "abc":
        vote(own, old, voter, 1)
    own.world.clock.move(days=3)
    fresh = post(own, title="fresh")
    vote(own, fresh, "a", 1)
    vote(own, hot, "a", 1)
    order = {
        sort: [each["title"] for each in own.get(POSTS, sort=sort)["items"]] for sort in ("new", "top", "hot")
    }
    assert order["new"] == ["fresh", "new", "hot", "old"]
    assert order["top"] == ["old", "fresh", "hot", "new"]
    assert order["hot"] == ["fresh", "old", "hot", "new"]
    assert own.get(POSTS)["items"][0]["title"] == "fresh"
    first = own.get(POSTS, sort="top", limit=3)
    rest = own.get(POSTS, sort="top", limit=3, offset=first["next"])
    assert [each["id"] for each in first["items"] + rest["items"]] == [old, fresh, hot, new]
    assert rest["next"] is None


def test_comments(site: Site) -> None:
    number = post(site)
    path = f"{POSTS}/{number}/comments"
    first = site.post(path, {"content": "Green.", "author": "bo"}, 201)
    second = site.post(path, {"content": "Why?", "author": "cy", "parent_comment_id": first["id"]}, 201)
    assert {**second, "id": 0} == {
        "id": 0,
        "post_id": number,
        "parent_comment_id": first["id"],
        "content": "Why?",
        "author": "cy",
        "score": 0,
        "created_at": "2026-11-02T12:00:00Z",
        "by_agent": False,
        "vote": None,
    }
    assert site.get(f"/api/forum/comments/{second['id']}") == second
    assert site.get(f"{POSTS}/{number}")["comments"] == 2
    assert site.get(path) == {"items": [first, second], "next": None}
    newest = site.get(path, limit=1)
    assert newest == {"items": [second], "next": second["id"]}
    assert site.get(path, limit=1, before=newest["next"])["items"] == [first]
    other = f"{POSTS}/{post(site)}/comments"
    stray = {"content": "x", "author": "y", "parent_comment_id": first["id"]}
    assert site.refused(422, "POST", other, json=stray)["field"] == "parent_comment_id"
    site.refused(404, "POST", other, json={**stray, "parent_comment_id": 999_999})


def test_boards_are_created_once(own: Site) -> None:
    assert own.post(BOARDS, {"id": "garden"}, 201) == {"id": "garden", "title": "garden"}
    assert own.post(BOARDS, {"id": "tea_2", "title": " Tea "}, 201) == {"id": "tea_2", "title": "Tea"}
    assert "exists" in own.refused(409, "POST", BOARDS, json={"id": "garden", "title": "Again"})["detail"]
    assert own.refused(422, "POST", BOARDS, json={"id": "The Garden"})["field"] == "id"
    assert own.refused(422, "POST", BOARDS, json={"id": "g", "title": "t" * 201})["field"] == "title"
    titles = {board["id"]: board["title"] for board in own.get(BOARDS)["items"]}
    assert titles["garden"] == "garden"
    assert "g" not in titles
    assert own.get(f"{POSTS}/{post(own, board='garden')}")["board"] == "garden"


@pytest.mark.one_question  # comments by a reply with a whole decision
def test_what_the_agent_wrote_is_told(own: Site) -> None:
    number = post(own)
    thread = own.thread()
    own.world.ollama.says(decision(action="comment", post_id=str(number), content="Green <tea>."))
    assert own.post(f"/api/threads/{thread}/heartbeat/run-now")["status"] == "acted"
    own.world.clock.move(minutes=1)
    own.world.ollama.says(decision(action="post", board="general", title="Figs", content="Ripe."))
    assert own.post(f"/api/threads/{thread}/heartbeat/run-now")["status"] == "acted"
    (comment,) = own.get(f"{POSTS}/{number}/comments")["items"]
    assert (comment["author"], comment["by_agent"]) == ("heartbeat", True)
    assert {each["title"]: each["by_agent"] for each in own.get(POSTS)["items"]} == {
        "Tea": False,
        "Figs": True,
    }


def test_each_voter_sees_their_own_vote(site: Site) -> None:
    number = post(site)
    path = f"{POSTS}/{number}"
    comment = site.post(f"{path}/comments", {"content": "x", "author": "y"}, 201)["id"]
    vote(site, number, "ana", 1)
    vote(site, comment, "ana", -1, "comment")
    for voter, own_vote, below in (("ana", 1, -1), ("bo", None, None), (None, None, None)):
        asked = {"voter": voter} if voter else {}
        assert site.get(path, **asked)["vote"] == own_vote
        assert site.get(POSTS, limit=1, **asked)["items"][0]["vote"] == own_vote
        assert site.get(f"{path}/comments", **asked)["items"][0]["vote"] == below
        assert site.get(f"/api/forum/comments/{comment}", **asked)["vote"] == below


def test_one_vote_per_voter_and_item(site: Site) -> None:
    number = post(site)
    comment = site.post(f"{POSTS}/{number}/comments", {"content": "x", "author": "y"}, 201)["id"]
    assert [vote(site, number, "ana", 1) for _ in range(3)] == [1, 1, 1]
    assert vote(site, number, "bo", 1) == 2
    assert vote(site, number, "ana", -1) == 0
    assert vote(site, comment, "ana", -1, "comment") == -1
    assert site.get(f"{POSTS}/{number}")["score"] == 0
    assert site.get(f"{POSTS}/{number}/comments")["items"][0]["score"] == -1


@pytest.mark.parametrize("name", ["heartbeat", "Heartbeat", " HEARTBEAT "])
def test_nobody_writes_under_the_agents_name(site: Site, name: str) -> None:
    number = post(site)
    before = site.get(POSTS)["items"]
    for path, body, field in (
        (POSTS, {**TEA, "author": name}, "author"),
        (f"{POSTS}/{number}/comments", {"content": "x", "author": name}, "author"),
        (VOTES, {"target_type": "post", "target_id": number, "voter": name, "value": 1}, "voter"),
    ):
        found = site.refused(422, "POST", path, json=body)
        assert found["field"] == field
        assert "agent's own name" in found["detail"]
    assert site.get(POSTS)["items"] == before


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (POSTS, {**TEA, "title": ""}, "title"),
        (POSTS, {**TEA, "title": "t" * 201}, "title"),
        (POSTS, {**TEA, "content": "c" * 40_001}, "content"),
        (POSTS, {**TEA, "author": " "}, "author"),
        (POSTS, {**TEA, "author": "a" * 41}, "author"),
        (POSTS, {**TEA, "score": 100}, "score"),
        (POSTS, {"title": "x"}, "board"),
        (f"{POSTS}/1/comments", {"content": "", "author": "a"}, "content"),
        (f"{POSTS}/1/comments", {"content": "x", "author": "a", "parent_comment_id": 0}, "parent_comment_id"),
        (f"{POSTS}/0/comments", {"content": "x", "author": "a"}, "post_id"),
        (VOTES, {"target_type": "board", "target_id": 1, "voter": "a", "value": 1}, "target_type"),
        (VOTES, {"target_type": "post", "target_id": 1, "voter": "a", "value": 2}, "value"),
        (VOTES, {"target_type": "post", "target_id": 1, "voter": "a", "value": True}, "value"),
        (VOTES, {"target_type": "post", "target_id": "1", "voter": "a", "value": 1}, "target_id"),
        (VOTES, {"target_type": "post", "target_id": 1, "voter": "", "value": 1}, "voter"),
    ],
)
def test_refusals_name_the_field(site: Site, path: str, body: dict[str, Any], field: str) -> None:
    post(site)
    before = site.get(POSTS)
    assert site.refused(422, "POST", path, json=body)["field"] == field
    assert site.get(POSTS) == before


def test_what_does_not_exist(site: Site) -> None:
    assert (
        "there are: general, heartbeat"
        in site.refused(404, "POST", POSTS, json={**TEA, "board": "moon"})["detail"]
    )
    site.refused(404, "GET", f"{POSTS}/999999")
    site.refused(404, "GET", "/api/forum/comments/999999")
    site.refused(404, "GET", f"{POSTS}/999999/comments")
    site.refused(404, "POST", f"{POSTS}/999999/comments", json={"content": "x", "author": "y"})
    for kind in ("post", "comment"):
        body = {"target_type": kind, "target_id": 999_999, "voter": "a", "value": 1}
        site.refused(404, "POST", VOTES, json=body)


@pytest.mark.parametrize(
    "query", [{"sort": "old"}, {"limit": 0}, {"limit": 201}, {"offset": -1}, {"board": "b" * 65}]
)
def test_list_refuses(site: Site, query: dict[str, Any]) -> None:
    assert site.refused(422, "GET", POSTS, params=query)["field"] == next(iter(query))


@pytest.mark.one_question  # reads the prompt that shows the feed
def test_a_post_reaches_the_next_beat(own: Site) -> None:
    post(own, title="Which figs?")
    own.post(f"/api/threads/{own.thread()}/heartbeat/run-now")
    assert "Which figs?" in own.world.ollama.prompts[-1]
