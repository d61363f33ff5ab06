"""The newest of all that a thread can look at in this workspace."""

from __future__ import annotations

from sqlmodel import Session, func, select

from heartbeat.sources.conversation import ConversationSource
from heartbeat.sources.forum import ForumSource
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.store.tables import Comment, Message, Post
from heartbeat.vocabulary import FeedKind


def newest_marks(session: Session, thread_id: str) -> dict[str, int]:
    """Return the highest positions in the forum, the thread's conversation and the inbox, by source and kind."""
    messages = select(func.max(Message.id)).where(Message.thread_id == thread_id)
    newest = {
        f"{ForumSource.name}.{FeedKind.POST}": session.exec(select(func.max(Post.id))).one(),
        f"{ForumSource.name}.{FeedKind.COMMENT}": session.exec(select(func.max(Comment.id))).one(),
        f"{ConversationSource.name}.{FeedKind.MESSAGE}": session.exec(messages).one(),
    }
    of_items = select(InboxItem.connection, InboxItem.kind, func.max(InboxItem.seq))
    for connection, kind, seq in session.exec(of_items.group_by(InboxItem.connection, InboxItem.kind)):
        newest[f"{connection}.{kind}"] = seq
    return {mark: position or 0 for mark, position in newest.items()}
