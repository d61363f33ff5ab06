"""A feed: RSS or Atom, at an address or in a file."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from heartbeat.connections.document import Document, DocumentSpec, Read
from heartbeat.connections.feed_bounds import check_bounds
from heartbeat.connections.spec import Site
from heartbeat.fetching import Fetch, FetchedItem, FetchError, FetchResult
from heartbeat.fetching.html_text import text_of_html
from heartbeat.fetching.port import TEXT_LIMIT
from heartbeat.text import well_formed
from heartbeat.vocabulary import FeedKind

TIME_LIMIT = 30.0
NO_FEED = "What is there is no feed; give the address of an RSS or Atom feed."
_OF_THE_TIME = 0.8
"""The part of its time after which a fetch ends with what it has."""
_HTML_LIMIT = 10 * TEXT_LIMIT
"""Characters of one text that are read as HTML, of which less is left as text."""
_LONG_NUMBER = re.compile(rb"&#(?:x[0-9a-f]{9,}|[0-9]{9,});?", re.IGNORECASE)
"""References to characters that cannot be; at numbers of thousands of digits the parser fails."""


class FeedSpec(DocumentSpec):
    """``url`` or ``path`` of an RSS or Atom feed; it is public unless ``private`` says otherwise."""

    def fetch(self, name: str, site: Site) -> Fetch:
        """Return how it is looked at."""
        return FeedFetch(self.document(site))


@dataclass(frozen=True)
class FeedFetch:
    """Fetches the entries of a feed."""

    document: Document
    time_limit: float = TIME_LIMIT
    monotonic: Callable[[], float] = time.monotonic

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return the entries that the feed shows, the oldest first; the newest, where there is no time for all.

        Raises:
            FetchError: it cannot be read, is no feed, or takes too long to read.
        """
        end = self.monotonic() + deadline * _OF_THE_TIME
        read = self.document.read(now, memo, deadline)
        if read.data is None:
            return FetchResult(memo=read.memo, unchanged=True)
        entries = _entries(read)
        items: list[FetchedItem] = []
        for entry in entries:
            if self.monotonic() > end:
                break
            items.append(_item(entry, read.url, now))
        left = len(entries) - len(items)
        problems = [f"Reading the feed took too long: {left} of its entries were not looked at."]
        # Feeds show the newest first, also where entries have no dates.
        items.reverse()
        items.sort(key=lambda item: item.created_at)
        return FetchResult(items, {} if left else read.memo, problems=problems if left else ())


def _entries(read: Read) -> Sequence[Any]:
    """Return the entries of a feed, in its order."""
    # It takes a tenth of a second to import.
    import feedparser

    if not _could_be(read.data or b""):
        raise FetchError(NO_FEED)
    check_bounds(read.data or b"")
    # The address is not told, since ids would be made absolute with it, and be others after a move.
    headers = {"content-type": read.content_type} if read.content_type else {}
    parsed = feedparser.parse(
        _LONG_NUMBER.sub(b"&#65533;", read.data or b""),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.entries:
        raise FetchError(NO_FEED)
    found: Sequence[Any] = parsed.entries
    return found


def _could_be(data: bytes) -> bool:
    """Return whether data may be a feed; the parser takes long to find out that large pages are none."""
    text = data.replace(b"\x00", b"").lower()
    return any(each in text for each in (b"<rss", b"feed", b"rdf", b"<channel"))


def _item(entry: Any, base: str | None, now: datetime) -> FetchedItem:
    title = text_of_html(_text(entry.get("title")))
    content = text_of_html(_content(entry))
    link = _link(base, _text(entry.get("link")))
    name = _text(entry.get("id")) or link or hashlib.sha256(f"{title}\n{content}".encode()).hexdigest()
    return FetchedItem(
        external_id=name,
        kind=FeedKind.ENTRY,
        created_at=min(_instant(entry) or now, now),
        title=title,
        content=content,
        author=_text(entry.get("author")),
        url=link,
    )


def _link(base: str | None, link: str) -> str | None:
    """Return where an entry leads, None if that is nowhere in the web."""
    try:
        whole = urljoin(base or "", link) if link else ""
    except ValueError:
        return None
    return whole if whole.startswith(("http://", "https://")) else None


def _content(entry: Any) -> str:
    """Return the longest text of an entry: its whole text where the feed has it, else its summary."""
    texts = [_text(each.get("value")) for each in entry.get("content") or ()]
    return max([*texts, _text(entry.get("summary"))], key=len)


def _instant(entry: Any) -> datetime | None:
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        # Its own method takes another date for one that is missing.
        found = dict.get(entry, name)
        if found:
            try:
                year, month, day, hour, minute, second = found[:6]
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except ValueError:
                continue
    return None


def _text(value: object) -> str:
    return well_formed(value[:_HTML_LIMIT]) if isinstance(value, str) else ""
