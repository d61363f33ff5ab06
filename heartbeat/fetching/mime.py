"""Read a mail (RFC 5322, MIME) as it is found: what a person would read of it, without its attachments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import Compat32
from email.utils import collapse_rfc2231_value, parsedate_to_datetime

from heartbeat.fetching.charsets import decode_text
from heartbeat.fetching.html_text import text_of_html
from heartbeat.fetching.port import TEXT_LIMIT
from heartbeat.fetching.senders import senders_of
from heartbeat.text import clean, first_line, visible, well_formed

HEADER_LIMIT = 4_000
"""Characters of one header that are read."""
NAMES_LIMIT = 20
"""Names of attachments that are told."""
UNCLEAR = "[unclear who sent it]"
_FROM_LIMIT = 5
"""From headers of one mail that are read; there should be one."""
_HTML_LIMIT = 10 * TEXT_LIMIT
_DEPTH_LIMIT = 30
"""Parts within parts that are looked into."""
_PARTS_LIMIT = 500
_LINES_LIMIT = 5_000
"""Lines that may begin a part; taking a mail with more of them apart takes seconds."""
_META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True)
class Mail:
    """What a mail says; ``sent`` is what its sender says of when. ``attachments`` are their names.

    ``author`` is who sent it, in a line. ``addresses`` are those of all its senders, none where its header does not
    say clearly who they are. ``is_unread``: it has a text in HTML of which nothing could be read.
    """

    message_id: str = ""
    author: str = ""
    addresses: tuple[str, ...] = ()
    subject: str = ""
    sent: datetime | None = None
    text: str = ""
    attachments: tuple[str, ...] = ()
    is_broken: bool = False
    is_unread: bool = False


class _Bounded(Compat32):
    """Cut long headers off: the time that the standard library takes for one grows with its length squared."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:HEADER_LIMIT]


_POLICY = _Bounded()


def read_mail(data: bytes) -> Mail:
    """Return what a mail says; of one that cannot be taken apart, what its headers say."""
    if data.count(b"\n--") > _LINES_LIMIT:
        return _headed(_only_headers(data), _Found(), is_broken=True)
    try:
        message = message_from_bytes(data, policy=_POLICY)
        found = _Found()
        found.text = _text(message, found, 0)
    except (RecursionError, MessageError, LookupError, ValueError, TypeError, AttributeError):
        # The parser of the standard library stumbles over some broken mails, in ways of its own.
        return _headed(_only_headers(data), _Found(), is_broken=True)
    return _headed(message, found, is_broken=False)


def read_head(data: bytes) -> Mail:
    """Return what the headers of a mail say."""
    return _headed(_only_headers(data), _Found(), is_broken=False)


@dataclass
class _Found:
    text: str = ""
    attachments: list[str] = field(default_factory=list)
    parts: int = 0
    is_unread: bool = False


def _headed(message: Message, found: _Found, *, is_broken: bool) -> Mail:
    author, addresses = _author(message)
    return Mail(
        message_id=first_line(_header(message, "message-id", decode=False), 500),
        author=author,
        addresses=addresses,
        subject=" ".join(_header(message, "subject").split()),
        sent=_instant(_header(message, "date", decode=False)),
        text=found.text,
        attachments=tuple(found.attachments),
        is_broken=is_broken,
        is_unread=found.is_unread and not found.text,
    )


def _only_headers(data: bytes) -> Message:
    ends = [at for at in (data.find(b"\r\n\r\n"), data.find(b"\n\n")) if at >= 0]
    return BytesHeaderParser(policy=_POLICY).parsebytes(data[: min(ends)] + b"\n\n" if ends else data)


def _header(message: Message, name: str, *, decode: bool = True) -> str:
    for key, value in message.raw_items():
        if key.lower() == name:
            text = str(value)[:HEADER_LIMIT].replace("\r", "").replace("\n", "")
            return _decoded(text) if decode else _unescaped(text)
    return ""


def _decoded(value: str) -> str:
    """Return a header with its encoded words (RFC 2047) decoded; what is no valid one is left as it is."""
    if "=?" not in value:
        return _unescaped(value)
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError):
        return _unescaped(value)
    return "".join(
        _unescaped(text) if isinstance(text, str) else decode_text(text, charset) for text, charset in parts
    )


def _unescaped(value: str) -> str:
    """Return a header whose bytes beyond ASCII, which nothing declares, are read as text."""
    try:
        return decode_text(value.encode("ascii", "surrogateescape"), None)
    except UnicodeEncodeError:
        return well_formed(value)


def _author(message: Message) -> tuple[str, tuple[str, ...]]:
    """Return the line that shows who sent a mail, and the addresses of all its senders."""
    headers = [
        _unescaped(str(value).replace("\r", "").replace("\n", ""))
        for key, value in message.raw_items()
        if key.lower() == "from"
    ]
    value = ", ".join(headers[:_FROM_LIMIT])
    # The names are told apart before words are decoded: a decoded name may look like another address.
    is_whole = len(value) < HEADER_LIMIT and len(headers) <= _FROM_LIMIT
    senders = senders_of(value) if is_whole else ()
    if senders:
        shown = [_shown(each.name, each.address) for each in senders[:NAMES_LIMIT]]
        return " and ".join(shown), tuple(each.address for each in senders)
    written = _line(value[:HEADER_LIMIT])
    if not written.strip("<> "):
        return "", ()
    # A sender who is no address is what it is; with an @ it may look like somebody else.
    return (f"{written} {UNCLEAR}" if _has_at(written) else written), ()


def _shown(name: str, address: str) -> str:
    """Return a sender in one line; a name that may look like an address stands outside of the brackets."""
    shown, address = _line(name), visible(address)
    if not shown or shown == address:
        return address
    return f"{shown} <{address}>" if _has_at(shown) else f"{shown} ({address})"


def _line(value: str) -> str:
    return " ".join(visible(clean(_decoded(value), multiline=False)).split())


def _has_at(text: str) -> bool:
    return "@" in unicodedata.normalize("NFKC", text)


def _instant(value: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(value)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _text(part: Message, found: _Found, depth: int) -> str:
    """Return the text of a part and of those within it, and note the names of its attachments."""
    found.parts += 1
    if depth > _DEPTH_LIMIT or found.parts > _PARTS_LIMIT:
        return ""
    mime = part.get_content_type()
    if part.is_multipart() and mime != "message/rfc822":
        texts = [_text(each, found, depth + 1) for each in _parts(part)]
        if mime == "multipart/alternative":
            return _best(part, texts)
        return "\n\n".join(each for each in texts if each)
    name = _name(part)
    is_attached = part.get_content_disposition() == "attachment" or mime not in {"text/plain", "text/html"}
    if is_attached or (name and mime != "text/plain"):
        if len(found.attachments) < NAMES_LIMIT:
            found.attachments.append(name or mime)
        return ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    declared = part.get_param("charset")
    charset = collapse_rfc2231_value(declared) if declared else None
    if mime == "text/html":
        text = _of_html(data, charset)
        found.is_unread = found.is_unread or (not text and bool(data.strip()))
        return text
    return decode_text(data, charset).replace("\r\n", "\n").replace("\r", "\n").strip()


def _parts(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    for each in payload if isinstance(payload, list) else ():
        if isinstance(each, Message):
            yield each


def _best(part: Message, texts: list[str]) -> str:
    """Return the plain text of alternatives if it says anything, else the longest of them."""
    plain = [
        text
        for each, text in zip(_parts(part), texts, strict=True)
        if text and each.get_content_type() == "text/plain"
    ]
    return plain[0] if plain else max(texts, key=len, default="")


def _of_html(data: bytes, charset: str | None) -> str:
    if charset is None:
        named = _META.search(data[:4_000])
        charset = named[1].decode("ascii") if named else None
    return text_of_html(decode_text(data, charset)[:_HTML_LIMIT])


def _name(part: Message) -> str:
    """Return the name of an attached file, or the subject of an attached mail."""
    given = part.get_filename()
    if given is None and part.get_content_type() == "message/rfc822":
        return first_line(next((_header(each, "subject") for each in _parts(part)), ""), 100)
    return first_line(clean(_decoded(str(given or "")), multiline=False), 100)
