"""Sources: where a beat looks for what is new."""

from heartbeat.sources.collect import collect
from heartbeat.sources.conversation import ConversationSource
from heartbeat.sources.forum import ForumSource
from heartbeat.sources.inbox import InboxSource
from heartbeat.sources.port import ContextSource, Look, Shown

__all__ = ["ContextSource", "ConversationSource", "ForumSource", "InboxSource", "Look", "Shown", "collect"]
