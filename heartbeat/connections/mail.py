"""A mailbox: mails over IMAP, which are read and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from heartbeat.connections.guides import MAILBOXES, Guide, remedy
from heartbeat.connections.mail_fetch import MailFetch
from heartbeat.connections.reachable import check_host
from heartbeat.connections.spec import LOOKED_AT, FileOnly, LookedAt, Site
from heartbeat.errors import InvalidValueError
from heartbeat.fetching import Fetch, FetchError
from heartbeat.fetching.imap import is_installed
from heartbeat.fetching.imap_wire import ImapServer
from heartbeat.fetching.senders import comparable
from heartbeat.hosts import normalise_host
from heartbeat.targets import Target
from heartbeat.text import count, sentence
from heartbeat.vocabulary import Reach

MISSING = "the library for mail is not installed; install it with: pip install 'langgraph-heartbeat[mail]'"
TRIAL_LIMIT = 30.0
"""Seconds that a person who tries a mailbox waits at most."""


def _line(value: str) -> str:
    if not value.strip() or any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise ValueError("no line of text")
    return value


def _host(value: str) -> str:
    return normalise_host(value.strip().removeprefix("[").removesuffix("]"))


def _senders(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _sender(value: str) -> str:
    sender = value.strip().lower().removeprefix("@")
    comparable(sender)
    return sender


Line = Annotated[str, Field(max_length=500), AfterValidator(_line)]


class MailSpec(LookedAt):
    """``mailbox`` of ``user`` at the IMAP server ``host``, of which only mails ``senders`` wrote are looked at.

    It is private. The password belongs to the host, port and user that it was given for.
    """

    model_config = ConfigDict(serialize_by_alias=True)  # ``from`` is a keyword of Python

    secret_keys: ClassVar[frozenset[str]] = frozenset({"password"})
    bound_keys: ClassVar[frozenset[str]] = frozenset({"host", "port", "user", "tls"})
    allowed: ClassVar[Mapping[str, str]] = {
        "host": "the name of the IMAP server, such as imap.example.org",
        "user": "the name that you log in with, mostly your whole address",
        "password": "the password for IMAP: of Gmail, Outlook, iCloud and Fastmail an app password",
        "mailbox": "the name of a folder of the mailbox, such as INBOX",
        "from": 'addresses or domains of senders, such as ["ann@example.org", "example.com"]; empty: everybody',
        "port": "1 to 65535: 993, or 143 for a server that begins without encryption (STARTTLS)",
        "tls": "true or false: whether the connection is encrypted; false only on your own network, with lan = true",
        "lan": "true or false: whether the server may be on your own network or this machine",
        **LOOKED_AT,
    }

    guides: ClassVar[Sequence[Guide]] = MAILBOXES

    host: Annotated[str, Field(max_length=253), AfterValidator(_host)]
    user: Line
    password: Annotated[str, Field(repr=False, max_length=4_000), AfterValidator(_line)]
    mailbox: Line = "INBOX"
    senders: Annotated[
        tuple[Annotated[str, AfterValidator(_sender)], ...],
        BeforeValidator(_senders),
        Field(alias="from", max_length=100, strict=False),
    ] = ()
    port: Annotated[int, Field(ge=1, le=65_535)] = 993
    tls: bool = True
    lan: bool = False
    private: bool = True

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if not self.tls and not self.lan:
            raise InvalidValueError("tls", f"tls: false is not allowed; allowed: {self.allowed['tls']}")
        return self

    @classmethod
    def missing(cls) -> str | None:
        """Return that the library is not installed, and how to install it."""
        return None if is_installed() else sentence(MISSING)

    def reaches(self) -> Reach:
        """Return the owner, for whom it is looked at."""
        return Reach.OWNER

    def leads_to(self) -> str:
        """Return the user, the host, and the mailbox unless it is the usual one."""
        where = self.user if self.user.endswith(f"@{self.host}") else f"{self.user} at {self.host}"
        return where if self.mailbox.upper() == "INBOX" else f"{where}, {self.mailbox}"

    def address(self, site: Site) -> str:
        """Return the server, the user and the mailbox."""
        return "\n".join((self.host, str(self.port), self.user, self.mailbox))

    def file_only(self, site: Site) -> FileOnly | None:
        """Return openness."""
        return None if self.private else FileOnly("private", "private = false")

    def fetch(self, name: str, site: Site) -> Fetch:
        """Return how it is looked at.

        Raises:
            InvalidValueError: the library is not installed.
        """
        return self._fetch()

    def trial(self, site: Site) -> str | None:
        """Open the mailbox, and return how many mails it holds."""
        fetch = self._fetch()
        try:
            held = fetch.count(TRIAL_LIMIT)
        except FetchError as error:
            raise InvalidValueError(error.field or "values", str(error)) from None
        return f"{self.mailbox} of {self.user} can be read; it holds {count(held, 'mail')}."

    def check(self, site: Site) -> None:
        """Check that it does not lead where nothing is looked at."""
        check_host("host", self.host)

    def target(self, name: str, site: Site) -> Target | None:
        """Return None: nothing is sent there."""
        return None

    def _fetch(self) -> MailFetch:
        if not is_installed():
            raise InvalidValueError("kind", f"kind: {MISSING}")
        server = ImapServer(
            self.host,
            self.port,
            self.user,
            self.password,
            self.mailbox,
            tls=self.tls,
            lan=self.lan,
            remedy=remedy(MAILBOXES, "host", self.host) or "",
        )
        return MailFetch(server, self.senders, self.oldest)
