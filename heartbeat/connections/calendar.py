"""A calendar: an iCalendar file, at an address or on the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from heartbeat.connections.calendar_fetch import CalendarFetch
from heartbeat.connections.document import DocumentSpec
from heartbeat.connections.guides import CALENDARS, Guide
from heartbeat.connections.spec import Site
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch
from heartbeat.schedule.window import parse_zone
from heartbeat.text import sentence

MISSING = (
    "the library for calendars is not installed; install it with: pip install 'langgraph-heartbeat[calendar]'"
)


class CalendarSpec(DocumentSpec):
    """``url`` or ``path`` of a calendar, whose events of the next ``days`` are looked at; it is private.

    ``timezone`` is that of events without one, where the calendar itself names none.
    """

    secret_keys: ClassVar[frozenset[str]] = frozenset({"url"})
    address_keys: ClassVar[frozenset[str]] = frozenset()
    allowed: ClassVar[Mapping[str, str]] = {
        **DocumentSpec.allowed,
        "url": "the http, https or webcal address of a calendar (iCal, .ics)",
        "days": "a whole number from 1 to 60",
        "timezone": "an IANA name such as Europe/Berlin",
    }

    guides: ClassVar[Sequence[Guide]] = CALENDARS

    private: bool = True
    days: Annotated[int, Field(ge=1, le=60)] = 7
    timezone: str | None = None

    @classmethod
    def missing(cls) -> str | None:
        """Return that the library is not installed, and how to install it."""
        return None if is_installed() else sentence(MISSING)

    def leads_to(self) -> str:
        """Return the host of the address, whose path is a secret, or the path of the file."""
        if self.path is not None:
            return self.path
        return (self.url or "").partition("://")[2].partition("/")[0].rpartition("@")[2]

    def check(self, site: Site) -> None:
        """Check the time zone, and that it is none of Heartbeat's own files."""
        super().check(site)
        if self.timezone is not None:
            try:
                parse_zone(self.timezone)
            except ValueError:
                raise InvalidValueError(
                    "timezone",
                    f"timezone: {self.timezone!r:.80} is not allowed; allowed: {self.allowed['timezone']}",
                ) from None

    def fetch(self, name: str, site: Site) -> Fetch:
        """Return how it is looked at.

        Raises:
            InvalidValueError: the library is not installed.
        """
        if not is_installed():
            raise InvalidValueError("kind", f"kind: {MISSING}")
        return CalendarFetch(self.document(site), self.days, self.timezone)


def is_installed() -> bool:
    """Return whether the library for calendars is there, which is an extra."""
    try:
        import ical  # noqa: F401
    except ImportError:
        return False
    return True
