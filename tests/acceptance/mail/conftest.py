"""A real IMAP server on loopback, and what looks at its mailbox."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from heartbeat.connections.mail_fetch import MailFetch
from heartbeat.fetching.imap_wire import ImapServer
from tests.support.imap import HOST, PASSWORD, Dovecot, MailServer, Wiretap, dovecot, wiretap
from tests.support.web import certificate

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def mail(
    body: bytes = b"Hello",
    *headers: str,
    subject: str = "Tea",
    sender: str = "Ann <ann@example.org>",
    sent: datetime = NOW,
) -> bytes:
    """Return a mail with a name of its own."""
    first = (
        f"From: {sender}",
        f"Subject: {subject}",
        f"Message-ID: <{next(_numbers)}@example.org>",
        f"Date: {sent:%d %b %Y %H:%M:%S +0000}",
    )
    return "\r\n".join((*first, *headers, "", "")).encode("utf-8", "surrogateescape") + body


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("certificates"), HOST)


@pytest.fixture(scope="session")
def running(trusted: Path) -> Iterator[Dovecot]:
    with dovecot(trusted) as started:
        yield started


@pytest.fixture
def server(running: Dovecot, trusted: Path, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """A mailbox of the test's own at a server whose certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return running.mailbox(f"ann{next(_numbers)}")


@pytest.fixture
def tap(server: MailServer) -> Iterator[Wiretap]:
    """What listens to sessions without encryption."""
    with wiretap(server.plain_port) as listening:
        yield listening


def since(span: timedelta | None = timedelta(0)) -> Callable[[datetime], datetime | None]:
    return lambda now: None if span is None else now - span


def fetching(
    server: MailServer,
    oldest: Callable[[datetime], datetime | None] = lambda now: now,
    senders: Sequence[str] = (),
    *,
    tap: Wiretap | None = None,
    **changes: Any,
) -> MailFetch:
    """Return what looks at a mailbox, through a wiretap without encryption."""
    port = server.port if tap is None else tap.port
    place = ImapServer(HOST, port, server.user, PASSWORD, tls=tap is None, lan=True)
    return MailFetch(replace(place, **changes), senders, oldest)
