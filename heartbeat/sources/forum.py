"""The built-in forum as a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heartbeat.capabilities import Direction, ItemKind
from heartbeat.feed import Item
from heartbeat.names import mentions
from heartbeat.sources.port import Look, Shown, Timed, cut
from heartbeat.store import Store, forum, forum_shown, unread
from heartbeat.store.forum_shown import ShownComment, ShownPost
from heartbeat.store.unread import Since, Unread
from heartbeat.vocabulary import FeedKind

_POST_LIMIT = 600
_COMMENT_LIMIT = 300
_COMMENTS = 3
_DIRECTIONS: dict[int, Direction] = {1: "up", -1: "down"}


@dataclass(frozen=True)
class ForumSource:
    """The newest posts of others with their latest comments, and comments that answer or name the agent.

    What there is no room for waits, and is shown by later looks.
    """

    store: Store
    name: str = "forum"
    time_limit: float = 10.0

    def look(self, look: Look) -> Sequence[Item]:
        """Return at most ``limit`` posts and about as many comments.

        Threads that have looked at the same share what was found, until something is written on the forum.
        """
        marks = (f"{self.name}.{kind}" for kind in (FeedKind.POST, FeedKind.COMMENT))
        timed = self.store.shared(
            self._timed, look, by=look.asked_of(*marks), holds=lambda timed: timed.holds_at(look.now)
        )
        return timed.shown

    def _timed(self, session: Session, look: Look) -> Timed:
        oldest = unread.oldest_on_forum(session, look.since)
        return Timed(self._look(session, look), look.now, None if oldest is None else oldest + look.window)

    def _look(self, session: Session, look: Look) -> Shown:
        since, agent, public = look.since, look.agent_name, look.only_public
        unread_posts = unread.posts(session, self._since(look, FeedKind.POST), agent=agent, public=public)
        unread_comments = unread.comments(
            session, self._since(look, FeedKind.COMMENT), agent=agent, public=public
        )
        posts = self._posts(session, look, unread_posts)
        answers = forum_shown.comments_for(session, agent=agent, since=since, limit=look.limit, public=public)
        waiting = forum_shown.comments_by_id(session, self._waiting(look, FeedKind.COMMENT, unread_comments))
        latest = forum_shown.comments_below(
            session, [post.id for post in posts], agent=agent, limit=_COMMENTS, public=public
        )
        below = {
            post.id: _union(latest[post.id], [row for row in waiting if row.post_id == post.id])
            for post in posts
        }
        nested = {row.id for rows in below.values() for row in rows}
        # What waited and stands below no shown post is shown alone; of the others only what concerns the agent.
        alone = [row for row in _union(answers, waiting)[::-1] if row.id not in nested]
        comments = [*alone, *(row for rows in below.values() for row in rows)]
        view = _View(session, self.name, look, [post.id for post in posts], comments)
        shown = [view.post(post, [view.comment(comment) for comment in below[post.id]]) for post in posts]
        waited = {row.id for row in waiting}
        others = [
            item for item in map(view.comment, alone) if item.reply or item.mention or int(item.id) in waited
        ]
        visible = {FeedKind.POST: {row.id for row in posts}, FeedKind.COMMENT: {row.id for row in comments}}
        found = {FeedKind.POST: unread_posts, FeedKind.COMMENT: unread_comments}
        marks = {kind: f"{self.name}.{kind}" for kind in found}
        return Shown(
            [*shown, *others],
            [
                f"{marks[kind]}:{n}"
                for kind, each in found.items()
                for n in each.ids
                if n not in visible[kind]
            ],
            {marks[kind]: each.upto for kind, each in found.items()},
            {marks[kind]: each.dropped for kind, each in found.items()},
        )

    def _since(self, look: Look, kind: FeedKind) -> Since:
        mark = f"{self.name}.{kind}"
        return Since(look.since, look.marks.get(mark, 0), look.open_ids(mark))

    def _waiting(self, look: Look, kind: FeedKind, found: Unread) -> list[int]:
        """Return the ids that waited for this look, the newest first, as many as one look shows."""
        mark = look.marks.get(f"{self.name}.{kind}", 0)
        return [number for number in found.ids if number <= mark][: look.limit]

    def _posts(self, session: Session, look: Look, found: Unread) -> list[ShownPost]:
        """Return the newest posts of others, and those that waited for this look; the newest first."""
        newest = forum_shown.posts_for(
            session, agent=look.agent_name, since=look.since, limit=look.limit, public=look.only_public
        )
        waiting = forum_shown.posts_by_id(session, self._waiting(look, FeedKind.POST, found))
        posts = {row.id: row for row in (*newest, *waiting)}
        return [posts[number] for number in sorted(posts, reverse=True)]


def _union(*groups: Sequence[ShownComment]) -> list[ShownComment]:
    """Return the comments of all groups once, in the order of their numbers."""
    found = {row.id: row for rows in groups for row in rows}
    return [found[number] for number in sorted(found)]


class _View:
    """Turns rows into items, with what concerns the agent about each."""

    def __init__(
        self, session: Session, source: str, look: Look, post_ids: list[int], comments: list[ShownComment]
    ) -> None:
        self.source = source
        self.agent = look.agent_name
        comment_ids = [row.id for row in comments]
        parents = [row.parent_comment_id for row in comments if row.parent_comment_id is not None]
        self.votes = forum.votes_on(session, self.agent, {"post": post_ids, "comment": comment_ids})
        # The posts that are shown are of others.
        above = {row.post_id for row in comments}.difference(post_ids)
        self.own_posts = forum.written_by(session, self.agent, "post", above)
        self.own_comments = forum.written_by(session, self.agent, "comment", parents)
        self.below_private = forum.below_private(session, comment_ids)

    def post(self, row: ShownPost, comments: list[Item]) -> Item:
        return Item(
            source=self.source,
            kind="post",
            id=str(row.id),
            position=row.id,
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
            private=row.private,
        )

    def comment(self, row: ShownComment) -> Item:
        own = row.author == self.agent
        answers = self.own_comments.get(row.parent_comment_id or 0) or self.own_posts.get(row.post_id)
        return Item(
            source=self.source,
            kind="comment",
            id=str(row.id),
            position=row.id,
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
            private=row.private or row.id in self.below_private,
        )

    def _vote(self, kind: ItemKind, item_id: int) -> Direction | None:
        return _DIRECTIONS.get(self.votes[kind].get(item_id, 0))

    def _mentions(self, text: str) -> bool:
        return mentions(text, self.agent)
