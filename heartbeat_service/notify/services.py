"""Notifications through Apprise, which speaks to the services people use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from heartbeat.connections.service import masked, open_service, scheme_of, split_urls, unheard
from heartbeat.errors import InvalidValueError
from heartbeat.store.notices import Notice
from heartbeat_service.notify.message import message_of
from heartbeat_service.notify.notifier import NotSentError

__all__ = ["AppriseNotifier", "split_urls"]


@dataclass(frozen=True)
class AppriseNotifier:
    """One Apprise URL. Only its scheme and its place in the setting are ever shown."""

    url: str = field(repr=False)
    number: int
    _apprise: Any = field(repr=False)

    @classmethod
    def from_url(cls, url: str, number: int) -> AppriseNotifier:
        """Read one URL of HEARTBEAT_NOTIFY, the ``number``-th.

        Raises:
            InvalidValueError: Apprise does not understand it; the message shows nothing of it but the scheme.
        """
        made = open_service(url)
        if made is None:
            raise InvalidValueError(
                "HEARTBEAT_NOTIFY",
                f"HEARTBEAT_NOTIFY: number {number} ({scheme_of(url)}) is no address that Apprise understands; "
                "allowed: Apprise URLs, separated by commas or spaces",
            )
        return cls(url, number, made)

    @property
    def name(self) -> str:
        """Scheme and place."""
        return f"HEARTBEAT_NOTIFY number {self.number} ({scheme_of(self.url)})"

    def send(self, notice: Notice) -> None:
        """Deliver a notice; each request within it has Apprise's own timeouts.

        Raises:
            NotSentError: the service did not take it.
        """
        message = message_of(notice)
        with unheard() as said:
            taken = self._apprise.notify(
                body=message.body, title=message.title, notify_type=_TYPES[notice.kind], body_format="text"
            )
        if taken:
            return
        raise NotSentError(masked(said[-1] if said else "it was not taken", self.url))

    def stop(self) -> None:
        """Nothing is tried again."""


_TYPES = {
    "approval.requested": "warning",
    "thread.paused": "warning",
    "model.unreachable": "failure",
    "model.back": "success",
    "database.failing": "failure",
    "database.back": "success",
    "summary": "info",
}
