"""Read a mailbox over IMAP without changing it: EXAMINE and BODY.PEEK only.

A session is bounded in time. What is told of a failure names the server and a remedy, and never the password.
"""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from heartbeat.fetching.cut import Cut
from heartbeat.fetching.imap_answers import Head, parse_answers, parse_head, uid_of
from heartbeat.fetching.imap_wire import ImapServer, Wire
from heartbeat.fetching.port import FetchError
from heartbeat.text import clause, clean, sentence, truncate

if TYPE_CHECKING:
    from imap_tools import BaseMailBox

REFUSED_LIMIT = 20
"""Mails that a server may refuse to give before it counts as failing."""
HEAD_LIMIT = 8_192
"""Bytes of the headers that are read before a mail is chosen."""
_STALLED = 45.0
"""Seconds without a byte after which a server counts as silent."""
_BYE = 2.0
"""Seconds in which a server may take leave."""
_WORDS = 120
_LISTED = re.compile(rb'\) (?:"(?:[^"\\]|\\.)*"|NIL) (.+)$')
_TEMPORARY = re.compile(r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]|too many", re.IGNORECASE)


@dataclass
class Mailbox:
    """A mailbox that was opened for reading.

    ``validity`` changes when its numbers do not count any more; ``next_uid`` is above every number that it has.
    """

    box: BaseMailBox
    server: ImapServer
    cut: Cut
    validity: int
    next_uid: int
    count: int
    _refused: int = 0

    def uids(self, criteria: str) -> list[int]:
        """Return the numbers of the mails that criteria of a search name, in order.

        Raises:
            FetchError: the server cannot tell.
        """
        with self.cut.explained(self.server.shown, partial(_explain, self.server)):
            return sorted(int(each) for each in self.box.uids(criteria, charset=None))

    def heads(self, uids: Sequence[int], names: Sequence[str] = ()) -> list[Head]:
        """Return the heads of mails in their order, with the headers of these names; missing ones are left out.

        Raises:
            FetchError: the server cannot tell.
        """
        asked = ["UID", "INTERNALDATE", "RFC822.SIZE"]
        if names:
            asked.append(f"BODY.PEEK[HEADER.FIELDS ({' '.join(names)})]<0.{HEAD_LIMIT}>")
        found = [parse_head(meta, text) for meta, text in self._fetch(uids, " ".join(asked))]
        return sorted((head for head in found if head is not None), key=lambda head: head.uid)

    def texts(self, uids: Sequence[int], limit: int) -> dict[int, bytes]:
        """Return the first ``limit`` bytes of mails by number; missing ones are left out.

        Raises:
            FetchError: the server gives none.
        """
        found: dict[int, bytes] = {}
        for meta, text in self._fetch(uids, f"UID BODY.PEEK[]<0.{limit}>"):
            uid = uid_of(meta)
            if uid is not None and text is not None:
                found[uid] = text
        return found

    def _fetch(self, uids: Sequence[int], asked: str) -> list[tuple[bytes, bytes | None]]:
        if not uids:
            return []
        with self.cut.explained(self.server.shown, partial(_explain, self.server)):
            answer, data = self.box.client.uid("FETCH", ",".join(map(str, uids)), f"({asked})")
            if answer != "OK" and len(uids) > 1:
                # One of them may be broken, which concerns no other.
                return [each for uid in uids for each in self._fetch([uid], asked)]
            if answer != "OK" and self._refused < REFUSED_LIMIT:
                self._refused += 1
                return []
            if answer != "OK":
                raise FetchError(
                    f"{self.server.shown} does not give some mails of {self.server.mailbox}"
                    f"{_words(self.server, data)}."
                )
            return parse_answers(data)


def is_installed() -> bool:
    """Return whether the library for mail is there, which is an extra; it is not loaded."""
    return find_spec("imap_tools") is not None


@contextmanager
def open_mailbox(server: ImapServer, deadline: float) -> Iterator[Mailbox]:
    """Open a mailbox for reading for at most ``deadline`` seconds; what is flagged in it stays as it is.

    Raises:
        FetchError: it cannot be opened; the message is one sentence with a remedy.
    """
    cut = Cut()
    with cut.after(deadline):
        with cut.explained(server.shown, partial(_explain, server)):
            box = _box(Wire(server, cut, min(_STALLED, deadline)))
        try:
            with cut.explained(server.shown, partial(_explain, server)):
                _log_in(box, server)
                mailbox = _examined(box, server, cut)
            yield mailbox
            # What came of the mails does not depend on a good bye, for which nobody waits long.
            with suppress(Exception):
                box.client.sock.settimeout(_BYE)
                box.logout()
        finally:
            box.client.shutdown()


def _box(client: imaplib.IMAP4) -> BaseMailBox:
    # It takes 50 ms to import, and is an extra.
    from imap_tools import BaseMailBox

    class Box(BaseMailBox):
        def _get_mailbox_client(self) -> imaplib.IMAP4:
            return client

    return Box()


def _log_in(box: BaseMailBox, server: ImapServer) -> None:
    from imap_tools.errors import MailboxLoginError

    if "LOGINDISABLED" in box.client.capabilities:
        raise FetchError(
            f"{server.shown} takes no password without encryption; set tls = true, or port = 993.",
            field="tls",
        )
    is_plain = f"{server.user}{server.password}".isascii()
    try:
        log_in = box.login if is_plain else box.login_utf8
        log_in(server.user, server.password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        data = error.command_result[1] if isinstance(error, MailboxLoginError) else [str(error).encode()]
        said = _words(server, data)
        if _TEMPORARY.search(said):
            raise FetchError(f"{server.shown} does not let {server.user} in just now{said}.") from None
        refuses = f"{server.shown} refuses the password of {server.user}"
        if server.remedy:
            raise FetchError(f"{refuses}. {server.remedy}", field="password") from None
        raise FetchError(
            f"{refuses}{said}; give the right one: many services take an app password only.",
            field="password",
        ) from None


def _examined(box: BaseMailBox, server: ImapServer, cut: Cut) -> Mailbox:
    from imap_tools.errors import MailboxFolderSelectError

    client = box.client
    try:
        box.folder.set(server.mailbox, readonly=True)
    except MailboxFolderSelectError as error:
        said = _words(server, error.command_result[1])
        names = _names(client)
        there = f"; there are: {', '.join(names)}" if names else "; check its name"
        raise FetchError(
            f"{server.shown} has no mailbox {server.mailbox}{said}{there}.", field="mailbox"
        ) from None
    validity = _number(client, "UIDVALIDITY")
    if validity is None:
        raise FetchError(
            f"{server.shown} does not number its mails (UIDVALIDITY), so that none can be known again."
        )
    mailbox = Mailbox(
        box, server, cut, validity, _number(client, "UIDNEXT") or 0, _number(client, "EXISTS") or 0
    )
    if not mailbox.next_uid:
        mailbox.next_uid = max(mailbox.uids("UID *"), default=0) + 1
    return mailbox


def _names(client: imaplib.IMAP4) -> list[str]:
    """Return the names of the first mailboxes."""
    with suppress(imaplib.IMAP4.error, UnicodeError):
        from imap_tools.imap_utf7 import utf7_decode

        _, data = client.list()
        found = [_LISTED.search(line) for line in data[:8] if isinstance(line, bytes)]
        return [clean(utf7_decode(each[1].strip(b'"')), multiline=False)[:60] for each in found if each]
    return []


def _number(client: imaplib.IMAP4, name: str) -> int | None:
    found = client.untagged_responses.get(name)
    text = found[-1] if found else None
    return int(text) if isinstance(text, bytes) and text.isdigit() and len(text) <= 10 else None


def _words(server: ImapServer, data: Sequence[object]) -> str:
    """Return what a server says of a failure, in brackets; never the password, which it may have repeated."""
    said = b" ".join(each for each in data if isinstance(each, bytes)).decode("utf-8", "replace")
    said = clause(truncate(clean(said.replace(server.password, "…"), multiline=False), _WORDS))
    return f" (it says: {said})" if said else ""


def _explain(server: ImapServer, error: Exception) -> FetchError | None:
    said = _said(server, error)
    return None if said is None else FetchError(sentence(said), field=_blamed(error))


def _blamed(error: Exception) -> str | None:
    """Return the key that is most likely wrong, None where the server is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "host"
    if isinstance(error, (ssl.SSLError, ConnectionRefusedError)):
        return "port"
    # What hangs up is the server.
    is_of_host = isinstance(error, OSError) and not isinstance(error, imaplib.IMAP4.abort)
    return "host" if is_of_host else None


def _said(server: ImapServer, error: Exception) -> str | None:
    """Return what is told of an error, None if it is none of the connection's."""
    from imap_tools.errors import ImapToolsError

    where = server.shown
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or "not trusted"
        return f"{where} cannot be trusted: its certificate is not valid ({why}); it has to be renewed or corrected"
    if isinstance(error, ssl.SSLError):
        return f"{where} does not speak TLS as expected; check port (993 begins with TLS, 143 with STARTTLS)"
    if isinstance(error, TimeoutError):
        return f"{where} takes too long to answer; check host and port"
    if isinstance(error, imaplib.IMAP4.abort):
        return f"{where} hung up, or gave an answer that cannot be used"
    if isinstance(error, (imaplib.IMAP4.error, ImapToolsError, ValueError)):
        return f"{where} gave an answer that cannot be used; check that it is an IMAP server"
    if isinstance(error, OSError):
        why = truncate(error.strerror or str(error) or type(error).__name__, _WORDS)
        return f"{where} cannot be reached: {why}; check host and port"
    return None
