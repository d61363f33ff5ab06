"""Fetch the mails of a mailbox that are new to it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.fetching.imap import Mailbox, open_mailbox
from heartbeat.fetching.imap_answers import Head, imap_date
from heartbeat.fetching.imap_wire import ImapServer
from heartbeat.fetching.mime import Mail, read_head, read_mail
from heartbeat.fetching.port import ITEMS_LIMIT, TEXT_LIMIT
from heartbeat.fetching.senders import comparable
from heartbeat.text import clean, first_line, truncate
from heartbeat.vocabulary import FeedKind

TIME_LIMIT = 120.0
WHOLE = 1_000_000
"""Bytes of a mail up to which it is loaded whole."""
BEGINNING = 131_072
"""Bytes that are loaded of a larger one: its headers, and its text where that comes first."""
HEADS = 500
"""Mails whose sizes are asked for at once."""
SCANNED = 20_000
"""Mails that one look goes through, whether they are wanted or not."""
_BATCH = 2_000_000
"""Bytes of mails that are asked for at once."""
_LOADED = 40_000_000
"""Bytes of mails that one look loads."""
_SHARE = 0.7
"""The part of its time after which a look takes no more mails."""
_ENDING = 1_500
"""Characters of a text that are kept free for what follows it."""
_DAY = timedelta(days=1)
_HEADERS = ("FROM", "DATE")


class Place(BaseModel):
    """Where the last fetch of a mailbox ended: all mails up to number ``uid`` have been looked at.

    ``validity`` is what the numbers belong to. Of mails up to number ``upto`` only those are news that are newer than
    ``oldest``, and with ``moved`` were sent later than that too: the mailbox got new numbers, or was moved, and its
    mails may seem to have just arrived. ``began`` is how old the first look's mails may have been; ``looked`` is when
    a look last had nothing left.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    validity: int
    uid: int
    upto: int
    began: datetime | None
    looked: datetime
    oldest: datetime | None = None
    moved: bool = False


@dataclass
class _Taken:
    """What a fetch has so far: all mails up to number ``uid`` are in ``items``, or are not wanted."""

    uid: int
    items: list[FetchedItem] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    loaded: int = 0
    is_full: bool = False


@dataclass(frozen=True)
class MailFetch:
    """Fetches the mails that have arrived since the last fetch, of ``senders`` only if there are any.

    ``oldest`` tells how old a mail may be that the first look takes, None for any age. ``monotonic`` is what it
    measures time with.
    """

    server: ImapServer
    senders: Sequence[str]
    oldest: Callable[[datetime], datetime | None]
    monotonic: Callable[[], float] = time.monotonic
    time_limit: float = TIME_LIMIT

    def count(self, deadline: float) -> int:
        """Return how many mails the mailbox holds.

        Raises:
            FetchError: it cannot be opened.
        """
        with open_mailbox(self.server, deadline) as mailbox:
            return mailbox.count

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the mails that are new since the memo was made, the first to arrive first.

        Raises:
            FetchError: nothing can be read of it.
        """
        enough = self.monotonic() + _SHARE * deadline
        with open_mailbox(self.server, deadline) as mailbox:
            place = self._place(mailbox, _last(memo), now)
            todo = _todo(mailbox, place)
            taken = _Taken(place.uid)
            for start in range(0, min(len(todo), SCANNED), HEADS):
                self._take(mailbox, place, todo[start : start + HEADS], taken, enough, now)
                if taken.is_full or self.monotonic() >= enough:
                    break
            left = sum(1 for uid in todo if uid > taken.uid)
            if left:
                place = place.model_copy(update={"uid": taken.uid})
            else:
                # Numbers below the next one that no search has named belong to no mail.
                done = max(taken.uid, mailbox.next_uid - 1)
                place = place.model_copy(update={"uid": done, "looked": now})
        memo = place.model_dump(mode="json")
        return FetchResult(taken.items, memo, left=left, problems=taken.problems)

    def _place(self, mailbox: Mailbox, last: Place | None, now: datetime) -> Place:
        """Return where to go on: behind the last fetch, or at the first mail where its numbers do not count."""
        upto = mailbox.next_uid - 1
        if last is None:
            oldest = self.oldest(now)
            is_silent = oldest is not None and oldest >= now
            return Place(
                validity=mailbox.validity,
                uid=upto if is_silent else 0,
                upto=upto,
                began=oldest,
                looked=now,
                oldest=oldest,
            )
        if last.validity == mailbox.validity and last.uid <= upto:
            return last
        # A mail that was on its way at the last look may have been sent before it.
        since = last.looked - _DAY
        oldest = since if last.began is None else max(last.began, since)
        return last.model_copy(
            update={"validity": mailbox.validity, "uid": 0, "upto": upto, "oldest": oldest, "moved": True}
        )

    def _take(
        self,
        mailbox: Mailbox,
        place: Place,
        uids: Sequence[int],
        taken: _Taken,
        enough: float,
        now: datetime,
    ) -> None:
        """Take the wanted ones of some mails until it is late ``enough``; what came before a failure counts.

        Raises:
            FetchError: the server failed before it gave anything.
        """
        try:
            asked = _HEADERS if self.senders or place.moved else ()
            wanted = [head for head in mailbox.heads(uids, asked) if self.is_wanted(head, place)]
            for some in _batches(wanted):
                room = ITEMS_LIMIT - len(taken.items) if taken.loaded < _LOADED else 0
                if room < len(some):
                    taken.is_full = True
                self._load(mailbox, some[:room], taken, enough, now)
                if taken.is_full:
                    return
            taken.uid = uids[-1]
        except FetchError as error:
            if not taken.items:
                raise
            taken.problems.append(str(error))
            taken.is_full = True

    def _load(
        self, mailbox: Mailbox, heads: Sequence[Head], taken: _Taken, enough: float, now: datetime
    ) -> None:
        """Load mails, of which all but a single one are small, and take what they say."""
        if not heads:
            return
        is_whole = heads[0].size <= WHOLE
        texts = mailbox.texts([head.uid for head in heads], WHOLE if is_whole else BEGINNING)
        for head in heads:
            if self.monotonic() >= enough and taken.items:
                # Mails that take long to read must not use up the time of all the looks to come.
                taken.is_full = True
                return
            if head.uid in texts:
                data = texts[head.uid]
                taken.loaded += len(data)
                taken.items.append(mail_item(data, head, now, is_whole=is_whole))
            elif not taken.problems:
                taken.problems.append(
                    "A mail was left out that the server did not give: it may be broken or deleted."
                )
            taken.uid = head.uid

    def is_wanted(self, head: Head, place: Place) -> bool:
        """Return whether a mail is to be loaded: new enough, and only from its senders where there are any."""
        mail = read_head(head.headers) if head.headers else Mail()
        if head.uid <= place.upto and place.oldest is not None:
            arrived = head.arrived or mail.sent
            if arrived is not None and arrived <= place.oldest:
                return False
            if place.moved and mail.sent is not None and mail.sent <= place.oldest:
                return False
        return not self.senders or _is_from(mail.addresses, self.senders)


def _last(memo: Mapping[str, Any]) -> Place | None:
    try:
        return Place.model_validate(memo) if memo else None
    except ValidationError:
        return None  # of a version that kept something else


def _todo(mailbox: Mailbox, place: Place) -> list[int]:
    """Return the numbers of the mails to look at, in order."""
    found: list[int] = []
    if place.uid < place.upto:
        # The server counts days in a zone of its own.
        since = f" SINCE {imap_date(place.oldest - _DAY)}" if place.oldest is not None else ""
        found += mailbox.uids(f"UID {place.uid + 1}:{place.upto}{since}")
    above = max(place.uid, place.upto)
    if mailbox.next_uid > above + 1:
        # The last mail is named by * even where its number is lower.
        found += [uid for uid in mailbox.uids(f"UID {above + 1}:*") if uid > above]
    return found


def _batches(heads: Sequence[Head]) -> Iterator[list[Head]]:
    """Yield mails in their order, together such as may be asked for at once, the large ones alone."""
    batch: list[Head] = []
    size = 0
    for head in heads:
        if batch and (size + head.size > _BATCH or head.size > WHOLE):
            yield batch
            batch, size = [], 0
        batch.append(head)
        size += head.size
    if batch:
        yield batch


def mail_item(data: bytes, head: Head, now: datetime, *, is_whole: bool) -> FetchedItem:
    """Return the item of a mail; of one that is not ``is_whole`` ``data`` is the beginning."""
    mail = read_mail(data)
    notes = []
    if mail.attachments:
        notes.append(f"Attachments, which were not read: {', '.join(mail.attachments)}.")
    if not is_whole:
        notes.append(f"Only the beginning of this mail was read; it has {head.size / 1_000_000:.0f} MB.")
    if mail.is_broken or mail.is_unread:
        notes.append("The text of this mail cannot be read.")
    text = truncate(clean(mail.text, multiline=True), TEXT_LIMIT - _ENDING)
    content = "\n\n".join(each for each in (text, "\n".join(notes)[: _ENDING - 100]) if each)
    return FetchedItem(
        external_id=_name(mail, text),
        kind=FeedKind.MAIL,
        created_at=min(head.arrived or mail.sent or now, now),
        title=first_line(mail.subject, 500) or "(no subject)",
        content=content,
        author=mail.author,
    )


def _name(mail: Mail, text: str) -> str:
    """Return what a mail is known by, wherever it lies.

    Its own name is not enough: anybody can send a mail with the name of another, and would replace it.
    """
    sent = mail.sent.astimezone(UTC).isoformat() if mail.sent else ""
    parts = (mail.message_id, mail.author, sent, mail.subject, text)
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _is_from(addresses: Sequence[str], senders: Sequence[str]) -> bool:
    """Return whether there are addresses, and each is one of these senders, or of one of these domains."""
    wanted = set(map(comparable, senders))
    return bool(addresses) and all(_is_one(comparable(each), wanted) for each in addresses)


def _is_one(address: str, wanted: Set[str]) -> bool:
    domain = address.rpartition("@")[2]
    labels = domain.split(".")
    return address in wanted or any(".".join(labels[at:]) in wanted for at in range(len(labels)))
