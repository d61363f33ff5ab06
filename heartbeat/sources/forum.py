"""The built-in forum as a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heartbeat.capabilities import Direction, ItemKind
from heartbeat.feed import Item
from heartbeat.names import mentions
from heartbeat.sources.port import Look, cut
from heartbeat.store import Store, forum
from heartbeat.store.tables import Comment, Post

_POST_LIMIT = 600
_COMMENT_LIMIT = 300
_COMMENTS = 3
_DIRECTIONS: dict[int, Direction] = {1: "up", -1: "down"}


@dataclass(frozen=True)
class ForumSource:
    """The newest posts of others with their latest comments, and comments that answer or name the agent."""

    store: Store
    name: str = "forum"
    time_limit: float = 10.0

    def look(self, look: Look) -> Sequence[Item]:
        """Return at most ``limit`` posts and as many comments."""
        return self.store.read(self._look, look)

    def _look(self, session: Session, look: Look) -> list[Item]:
        since = look.now - look.window
        posts = forum.posts_for(session, agent=look.agent_name, since=since, limit=look.limit)
        answers = forum.comments_for(session, agent=look.agent_name, since=since, limit=look.limit)
        below = {post.id: self._below(session, post.id or 0, look.agent_name) for post in posts}
        comments = {row.id or 0: row for row in (*answers, *(row for rows in below.values() for row in rows))}
        view = _View(session, self.name, look, [post.id or 0 for post in posts], list(comments.values()))
        shown = [view.post(post, [view.comment(comment) for comment in below[post.id]]) for post in posts]
        nested = {comment.id for rows in below.values() for comment in rows}
        others = [view.comment(comment) for comment in answers if comment.id not in nested]
        return [*shown, *(item for item in others if item.reply or item.mention)]

    def _below(self, session: Session, post_id: int, agent: str) -> list[Comment]:
        """Return the latest comments of others and the agent's latest: its own never push out another's."""
        others = forum.comments_on(session, post_id, limit=_COMMENTS, but_for=agent)
        own = forum.comments_on(session, post_id, limit=1, by=agent)
        return sorted((*others, *own), key=lambda row: row.id or 0)


class _View:
    """Turns rows into items, with what concerns the agent about each."""

    def __init__(
        self, session: Session, source: str, look: Look, post_ids: list[int], comments: list[Comment]
    ) -> None:
        self.source = source
        self.agent = look.agent_name
        comment_ids = [row.id or 0 for row in comments]
        parents = [row.parent_comment_id for row in comments if row.parent_comment_id is not None]
        self.votes: dict[ItemKind, dict[int, int]] = {
            "post": forum.votes_of(session, self.agent, "post", post_ids),
            "comment": forum.votes_of(session, self.agent, "comment", comment_ids),
        }
        self.own_posts = forum.written_by(session, self.agent, "post", {row.post_id for row in comments})
        self.own_comments = forum.written_by(session, self.agent, "comment", parents)

    def post(self, row: Post, comments: list[Item]) -> Item:
        return Item(
            source=self.source,
            kind="post",
            id=str(row.id),
            position=row.id or 0,
            author=row.author,
            title=row.title,
            content=cut(row.content, _POST_LIMIT),
            created_at=row.created_at,
            board=row.board,
            score=row.score,
            own=row.author == self.agent,
            own_vote=self._vote("post", row.id),
            mention=self._mentions(f"{row.title} {row.content}"),
            comments=tuple(comments),
        )

    def comment(self, row: Comment) -> Item:
        own = row.author == self.agent
        answers = self.own_comments.get(row.parent_comment_id or 0) or self.own_posts.get(row.post_id)
        return Item(
            source=self.source,
            kind="comment",
            id=str(row.id),
            position=row.id or 0,
            author=row.author,
            content=cut(row.content, _COMMENT_LIMIT),
            created_at=row.created_at,
            post_id=str(row.post_id),
            score=row.score,
            own=own,
            own_vote=self._vote("comment", row.id),
            mention=not own and self._mentions(row.content),
            reply=not own and answers is not None,
            answers=cut(answers or "", _COMMENT_LIMIT) if not own else "",
        )

    def _vote(self, kind: ItemKind, item_id: int | None) -> Direction | None:
        return _DIRECTIONS.get(self.votes[kind].get(item_id or 0, 0))

    def _mentions(self, text: str) -> bool:
        return mentions(text, self.agent)
