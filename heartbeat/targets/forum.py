"""The built-in forum as a target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heartbeat.capabilities import Capabilities, ItemKind
from heartbeat.draft import Draft
from heartbeat.errors import TargetError
from heartbeat.store import forum


@dataclass(frozen=True)
class ForumTarget:
    """Posts, comments and votes on the built-in forum, under the agent's name."""

    agent_name: str
    name: str = "forum"
    done: str = "sent"

    def capabilities(self, session: Session) -> Capabilities:
        """Return what the forum takes; its boards are whatever exists now."""
        return Capabilities(boards=tuple(board.id for board in forum.boards(session)))

    def apply(
        self, session: Session, draft: Draft, *, key: str, now: datetime, private: bool
    ) -> dict[str, Any]:
        """Write to the forum's tables in the caller's transaction."""
        match draft.kind:
            case "post":
                post = forum.add_post(
                    session,
                    board=draft.board or "general",
                    title=draft.title or "",
                    content=draft.content or "",
                    author=self.agent_name,
                    now=now,
                    private=private,
                )
                return {"key": key, "post_id": post.id}
            case "comment":
                comment = forum.add_comment(
                    session,
                    int(draft.post_id or 0),
                    content=draft.content or "",
                    author=self.agent_name,
                    now=now,
                    parent_comment_id=int(draft.comment_id) if draft.comment_id else None,
                    private=private,
                )
                return {"key": key, "comment_id": comment.id}
            case "vote":
                kind: ItemKind = "comment" if draft.comment_id else "post"
                target = int(draft.comment_id or draft.post_id or 0)
                value = 1 if draft.vote_direction == "up" else -1
                score = forum.vote(session, kind, target, voter=self.agent_name, value=value, now=now)
                return {"key": key, "score": score}
            case _:
                raise TargetError(f"the forum knows no {draft.kind}")
