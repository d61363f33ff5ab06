"""The port of notifications: one way to reach somebody."""

from __future__ import annotations

from typing import Protocol

from heartbeat.store.notices import Notice


class NotSentError(Exception):
    """A notice was not delivered; the message says why, without any secret."""


class Notifier(Protocol):
    """One way to reach somebody; ``name`` may be shown and logged. It is called in a thread of its own."""

    @property
    def name(self) -> str:
        """What it is called in the log."""
        ...

    def send(self, notice: Notice) -> None:
        """Deliver a notice.

        Raises:
            NotSentError: it was not delivered.
        """
        ...

    def stop(self) -> None:
        """Wait and try no longer."""
        ...
