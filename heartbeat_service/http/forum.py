"""Calls about the built-in forum: boards, posts, comments, votes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema
from sqlmodel import Session

from heartbeat.store import forum, forum_writes
from heartbeat.store.forum import Sort
from heartbeat.store.tables import LARGEST_ID, Comment, Post
from heartbeat_service.http.fields import Strict, text
from heartbeat_service.http.paging import Before, Limit, Offset, Page
from heartbeat_service.http.problems import documented
from heartbeat_service.http.route import Route
from heartbeat_service.http.state import Database, Serving

router = APIRouter(prefix="/api/forum", tags=["forum"], route_class=Route)
Author = Annotated[str, text(forum.AUTHOR_LIMIT)]
Vote = Literal[1, -1] | None
Voter = Annotated[
    str | None, Query(max_length=forum.AUTHOR_LIMIT, description="Whose vote to show with each item.")
]
PostId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of a post.", examples=[1])]

CommentId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of a comment.", examples=[1])]


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("allowed: 1 or -1")
    return value


class BoardView(BaseModel):
    """One board."""

    id: str
    title: str


class NewBoard(Strict):
    """A board to create."""

    id: Annotated[str, WithJsonSchema({"type": "string", "pattern": forum.BOARD_ID})] = Field(
        description="1 to 64 of a-z, 0-9, _ and -.", examples=["garden"]
    )
    title: Annotated[str, text(forum.TITLE_LIMIT, least=0)] = Field(
        "", description="If it is empty, the id is used.", examples=["The garden"]
    )


class NewPost(Strict):
    """A post to publish."""

    board: str = Field(description="Id of a board.", examples=["general"])
    title: Annotated[str, text(forum.TITLE_LIMIT)] = Field(examples=["Tea"])
    content: Annotated[str, text(forum.CONTENT_LIMIT)] = Field(examples=["Which one?"])
    author: Author = Field(description="Never the agent's own name.", examples=["ana"])


class PostView(BaseModel):
    """One post; texts are plain text, not HTML."""

    id: int
    board: str
    title: str
    content: str
    author: str
    score: int = Field(description="The sum of its votes.")
    created_at: datetime
    comments: int = Field(description="The number of comments on it.")
    by_agent: bool = Field(description="Whether the agent wrote it.")
    vote: Vote = Field(
        description="The vote of the given voter; null if there is none, or no voter is given."
    )


class NewComment(Strict):
    """A comment to write."""

    content: Annotated[str, text(forum.CONTENT_LIMIT)] = Field(examples=["Green."])
    author: Author = Field(description="Never the agent's own name.", examples=["bo"])
    parent_comment_id: int | None = Field(
        None, ge=1, le=LARGEST_ID, description="The comment that it replies to, on the same post."
    )


class CommentView(BaseModel):
    """One comment; its text is plain text, not HTML."""

    id: int
    post_id: int
    parent_comment_id: int | None
    content: str
    author: str
    score: int
    created_at: datetime
    by_agent: bool = Field(description="Whether the agent wrote it.")
    vote: Vote = Field(
        description="The vote of the given voter; null if there is none, or no voter is given."
    )


class NewVote(Strict):
    """A vote; a voter has one vote per item, and the last one counts."""

    target_type: Literal["post", "comment"]
    target_id: int = Field(ge=1, le=LARGEST_ID, examples=[1])
    voter: Author = Field(description="Never the agent's own name.", examples=["ana"])
    value: Annotated[Literal[1, -1], BeforeValidator(_number)] = Field(examples=[1])


class Score(BaseModel):
    """The sum of the votes on an item."""

    score: int


@router.get("/boards")
def list_boards(store: Database) -> Page[BoardView]:
    """List the boards; `general` and `heartbeat` exist from the start."""
    boards = [BoardView(id=row.id, title=row.title) for row in store.read(forum.boards)]
    return Page(items=boards, next=None)


@router.post("/boards", status_code=201, responses=documented(409))
def add_board(new: NewBoard, store: Database, service: Serving) -> BoardView:
    """Create a board; the agent may post on it from its next beat on."""
    row = store.write(forum_writes.create_board, new.id, new.title, service.services.clock())
    return BoardView(id=row.id, title=row.title)


@router.get("/posts")
def list_posts(
    store: Database,
    service: Serving,
    board: Annotated[str | None, Query(max_length=64, description="Only of this board.")] = None,
    sort: Annotated[Sort, Query(description="new, top, or hot: score / (age in hours + 2) ^ 1.3")] = "new",
    voter: Voter = None,
    offset: Offset = 0,
    limit: Limit = 50,
) -> Page[PostView]:
    """List posts."""
    now = service.services.clock()
    rows = store.read(forum.posts, now=now, sort=sort, board=board, limit=limit + 1, offset=offset)
    shown = store.read(_posts, rows[:limit], service.services.settings.agent_name, voter)
    return Page(items=shown, next=offset + limit if len(rows) > limit else None)


@router.post("/posts", status_code=201, responses=documented(404))
def add_post(new: NewPost, store: Database, service: Serving) -> PostView:
    """Publish a post for the agent to read."""
    services = service.services
    agent = services.settings.agent_name
    row = store.write(forum_writes.post, agent=agent, **new.model_dump(), now=services.clock())
    return PostView(**row.model_dump(), comments=0, by_agent=False, vote=None)


@router.get("/posts/{post_id}", responses=documented(404))
def show_post(post_id: PostId, store: Database, service: Serving, voter: Voter = None) -> PostView:
    """Show one post."""
    row = store.read(forum.get_post, post_id)
    return store.read(_posts, [row], service.services.settings.agent_name, voter)[0]


@router.get("/posts/{post_id}/comments", responses=documented(404))
def list_comments(
    post_id: PostId,
    store: Database,
    service: Serving,
    voter: Voter = None,
    before: Before = None,
    limit: Limit = 50,
) -> Page[CommentView]:
    """List the last comments on a post, the oldest first."""
    store.read(forum.get_post, post_id)
    rows = store.read(forum.comments_on, post_id, limit=limit + 1, before=before)
    shown = store.read(_comments, rows[-limit:], service.services.settings.agent_name, voter)
    return Page(items=shown, next=shown[0].id if len(rows) > limit else None)


@router.post("/posts/{post_id}/comments", status_code=201, responses=documented(404))
def add_comment(post_id: PostId, new: NewComment, store: Database, service: Serving) -> CommentView:
    """Comment on a post, or reply to a comment on it."""
    services = service.services
    agent = services.settings.agent_name
    row = store.write(forum_writes.comment, post_id, agent=agent, **new.model_dump(), now=services.clock())
    return CommentView(**row.model_dump(), by_agent=False, vote=None)


@router.get("/comments/{comment_id}", responses=documented(404))
def show_comment(
    comment_id: CommentId, store: Database, service: Serving, voter: Voter = None
) -> CommentView:
    """Show one comment; `post_id` names its post."""
    row = store.read(forum.get_comment, comment_id)
    return store.read(_comments, [row], service.services.settings.agent_name, voter)[0]


@router.post("/votes", responses=documented(404))
def vote(new: NewVote, store: Database, service: Serving) -> Score:
    """Cast a vote, or change it."""
    score = store.write(
        forum_writes.vote,
        new.target_type,
        new.target_id,
        agent=service.services.settings.agent_name,
        voter=new.voter,
        value=new.value,
        now=service.services.clock(),
    )
    return Score(score=score)


def _posts(session: Session, rows: Sequence[Post], agent: str, voter: str | None) -> list[PostView]:
    ids = [row.id or 0 for row in rows]
    counts = forum.comment_counts(session, ids)
    votes = forum.votes_of(session, voter, "post", ids) if voter else {}
    return [
        PostView(
            **row.model_dump(),
            comments=counts.get(row.id or 0, 0),
            by_agent=row.author == agent,
            vote=_value(votes.get(row.id or 0)),
        )
        for row in rows
    ]


def _comments(session: Session, rows: Sequence[Comment], agent: str, voter: str | None) -> list[CommentView]:
    votes = forum.votes_of(session, voter, "comment", [row.id or 0 for row in rows]) if voter else {}
    return [
        CommentView(**row.model_dump(), by_agent=row.author == agent, vote=_value(votes.get(row.id or 0)))
        for row in rows
    ]


def _value(vote: int | None) -> Vote:
    return None if vote is None else 1 if vote > 0 else -1
