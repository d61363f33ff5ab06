"""Where an owner finds what a connection asks for, for the services that many have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Guide:
    """How to connect one service: a sentence, its page, and the values that are the same for everybody."""

    service: str
    said: str
    url: str
    values: Mapping[str, str] = field(default_factory=dict)


MAILBOXES: Sequence[Guide] = (
    Guide(
        "Gmail",
        "Gmail takes an app password in place of your own: turn on 2-Step Verification, then make one there.",
        "https://myaccount.google.com/apppasswords",
        {"host": "imap.gmail.com"},
    ),
    Guide(
        "Outlook",
        "Outlook.com takes no passwords from programs any more, app passwords neither; forward its mails to another "
        "mailbox and connect that. An account of a company or school may take an app password: ask who runs it.",
        "https://support.microsoft.com/office/d088b986-291d-42b8-9564-9c414e2aa040",
        {"host": "outlook.office365.com"},
    ),
    Guide(
        "iCloud",
        "iCloud takes an app-specific password in place of your own: make one there, under Sign-In and Security.",
        "https://account.apple.com",
        {"host": "imap.mail.me.com"},
    ),
    Guide(
        "Fastmail",
        "Fastmail takes an app password in place of your own: make one in its settings, under Privacy & Security.",
        "https://www.fastmail.com/help/clients/apppassword.html",
        {"host": "imap.fastmail.com"},
    ),
)
CALENDARS: Sequence[Guide] = (
    Guide(
        "Google",
        "In the settings of the calendar, under Integrate calendar, copy the secret address in iCal format.",
        "https://calendar.google.com/calendar/r/settings",
    ),
    Guide(
        "Outlook",
        "In the settings, under Calendar and Shared calendars, publish the calendar and copy its ICS link.",
        "https://outlook.live.com/calendar/0/options/calendar/SharedCalendars",
    ),
    Guide(
        "iCloud",
        "Share the calendar as a public calendar, and copy its link; whoever has the link can read it.",
        "https://www.icloud.com/calendar",
    ),
    Guide(
        "Fastmail",
        "In the settings, under Calendars, share the calendar by a link, and copy the link.",
        "https://app.fastmail.com/settings/calendars",
    ),
)
SERVICES: Sequence[Guide] = (
    Guide(
        "ntfy",
        "Install the app ntfy, subscribe to a topic that nobody can guess, and give ntfys://ntfy.sh/TOPIC.",
        "https://ntfy.sh",
    ),
    Guide(
        "Telegram",
        "Make a bot with @BotFather, write to it once, and give tgram://TOKEN/CHAT.",
        "https://github.com/caronc/apprise/wiki/Notify_telegram",
    ),
    Guide(
        "another service",
        "Its page in the list of all services says what its address looks like.",
        "https://github.com/caronc/apprise/wiki",
    ),
)


def remedy(guides: Sequence[Guide], key: str, value: str) -> str | None:
    """Return what to do about a refused login, with the page of the service that has this value; None if none has."""
    for guide in guides:
        if guide.values.get(key, "").lower() == value.lower():
            return f"{guide.said} {guide.url}"
    return None
