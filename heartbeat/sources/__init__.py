"""Sources: where a beat looks for what is new."""

from collections.abc import Collection

from heartbeat.errors import InvalidValueError
from heartbeat.sources.collect import collect
from heartbeat.sources.conversation import ConversationSource
from heartbeat.sources.forum import ForumSource
from heartbeat.sources.inbox import InboxSource
from heartbeat.sources.port import ContextSource, Look, Shown

__all__ = [
    "ContextSource",
    "ConversationSource",
    "ForumSource",
    "InboxSource",
    "Look",
    "Shown",
    "check_sources",
    "collect",
]


def check_sources(value: object, known: Collection[str]) -> None:
    """Refuse a list with a name that is no source and no connection that is looked at.

    Values of another form are left to `heartbeat.config.Config`.

    Raises:
        InvalidValueError: not one of ``known``.
    """
    for name in value if isinstance(value, list | tuple) else ():
        if isinstance(name, str) and name not in known:
            raise InvalidValueError(
                "sources", f'sources: "{name:.80}" cannot be looked at; allowed: {", ".join(known)}'
            )
