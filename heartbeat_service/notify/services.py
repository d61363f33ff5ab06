"""Notifications through Apprise, which speaks to the services people use."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from heartbeat.errors import InvalidValueError
from heartbeat.instructions import MASK, mask_secrets
from heartbeat.store.notices import Notice
from heartbeat_service.notify.message import message_of
from heartbeat_service.notify.notifier import NotSentError

_SCHEME = re.compile(r"[A-Za-z0-9+_-]{1,20}(?=://)")
_said: ContextVar[list[str] | None] = ContextVar("said", default=None)


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
        with warnings.catch_warnings(), _unheard():
            # A service that Apprise knows may import what Python is about to drop; that is not for our users.
            warnings.simplefilter("ignore")
            import apprise

            made = apprise.Apprise(asset=apprise.AppriseAsset(app_id="Heartbeat", async_mode=False))
            understood = made.add(url)
        if not understood:
            raise InvalidValueError(
                "HEARTBEAT_NOTIFY",
                f"HEARTBEAT_NOTIFY: number {number} ({_scheme(url)}) is no address that Apprise understands; "
                "allowed: Apprise URLs, separated by commas or spaces",
            )
        return cls(url, number, made)

    @property
    def name(self) -> str:
        """Scheme and place."""
        return f"HEARTBEAT_NOTIFY number {self.number} ({_scheme(self.url)})"

    def send(self, notice: Notice) -> None:
        """Deliver a notice; each request within it has Apprise's own timeouts.

        Raises:
            NotSentError: the service did not take it.
        """
        message = message_of(notice)
        with _unheard() as said:
            taken = self._apprise.notify(
                body=message.body, title=message.title, notify_type=_TYPES[notice.kind], body_format="text"
            )
        if taken:
            return
        raise NotSentError(self._masked(said[-1] if said else "it was not taken"))

    def stop(self) -> None:
        """Nothing is tried again."""

    def _masked(self, text: str) -> str:
        for part in sorted(self._parts(), key=len, reverse=True):
            text = text.replace(part, MASK)
        return mask_secrets(text)[:300]

    def _parts(self) -> set[str]:
        rest = self.url.partition("://")[2]
        parts = {rest, *re.split(r"[/@?&=:+,]", rest)}
        return {each for part in parts for each in (part, unquote(part)) if len(each) >= 4}


_TYPES = {
    "approval.requested": "warning",
    "thread.paused": "warning",
    "model.unreachable": "failure",
    "model.back": "success",
    "database.failing": "failure",
    "database.back": "success",
    "summary": "info",
}


def split_urls(text: str) -> Sequence[str]:
    """Return the URLs of a setting; a comma may also lie within one."""
    return [url for url in re.split(r"\s+|,\s*(?=[A-Za-z0-9+_-]{1,20}://)", text.strip(" \t\r\n,")) if url]


def _scheme(url: str) -> str:
    found = _SCHEME.match(url)
    return found[0].lower() if found else "no scheme"


@contextmanager
def _unheard() -> Iterator[list[str]]:
    """Keep what Apprise logs for this call to ourselves: it may hold whole addresses."""
    said: list[str] = []
    logging.getLogger("apprise").addFilter(_is_heard)
    # Not by thread: Apprise may work in one of its own, to which it takes the context along.
    token = _said.set(said)
    try:
        yield said
    finally:
        _said.reset(token)


def _is_heard(record: logging.LogRecord) -> bool:
    said = _said.get()
    if said is None:
        return True
    said.append(record.getMessage())
    return False
