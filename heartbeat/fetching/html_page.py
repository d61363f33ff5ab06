"""What a web page says: its title, and the lines of its text without menus and other frames."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from heartbeat.fetching.html_text import Title, break_at, lines_of, seen_in
from heartbeat.fetching.html_tokens import Tag, tokens_of
from heartbeat.text import well_formed

HTML_LIMIT = 3_000_000
"""Characters of a page that are read."""
_TITLE_LIMIT = 500
_FRAMES = frozenset({"nav", "footer", "aside", "dialog", "menu"})
_CONTROLS = frozenset({"button", "select", "textarea", "svg", "iframe", "canvas", "object"})
_ROLE = re.compile(
    r"\brole\s*=\s*[\"']?(navigation|contentinfo|complementary|search|dialog|alertdialog)\b", re.I
)
_MAIN = re.compile(r"\brole\s*=\s*[\"']?main\b", re.IGNORECASE)
_HIDDEN = re.compile(r"(?<![\w-])hidden(?![\w-])|\baria-hidden\s*=\s*[\"']?true", re.IGNORECASE)
_ALWAYS_CLOSED = frozenset(
    {"div", "section", "span", "form", "ul", "ol", "header", "article", "main", "table"}
)
"""Elements whose end tag may not be left out, so that it is known where they end."""
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Readable(NamedTuple):
    """The title of a page, empty if it has none, its lines, and whether only the beginning of it was read."""

    title: str
    lines: list[str]
    is_cut: bool = False


def page_of_html(html: str) -> Readable:
    """Return what a page says: its main part where it marks one, and no menus, footers, asides and forms' controls.

    A page that has nothing else is read whole.
    """
    is_cut = len(html) > HTML_LIMIT
    html = html[:HTML_LIMIT]
    reader = _Reader()
    for token in seen_in(html):
        reader.take(token)
    for parts in (reader.main, reader.rest):
        lines = list(lines_of("".join(parts)))
        # What is skipped and never closed may be the page itself.
        if lines and not reader.is_skipping:
            return Readable(reader.title, lines, is_cut)
    return Readable(reader.title, list(lines_of("".join(_everything(html)))), is_cut)


def decoded(data: bytes, charset: str | None) -> str:
    """Return the text of a page: in the character set of its byte order mark, the server, the page, else UTF-8."""
    named = next((name for mark, name in _BOMS if data.startswith(mark)), None)
    found = _CHARSET.search(data[:4_096])
    inside = found[1].decode("ascii") if found else None
    for name in (named, charset, inside, "utf-8"):
        if name is None:
            continue
        try:
            # Pages that call themselves Latin-1 are in the character set of Windows, as browsers know.
            info = codecs.lookup("cp1252" if name.lower() in {"iso-8859-1", "latin-1", "latin1"} else name)
            return well_formed(info.decode(data, "strict" if name == "utf-8" else "replace")[0])
        except (LookupError, UnicodeError, TypeError, AttributeError):
            continue
    return data.decode("cp1252", "replace")


class _Reader:
    """Collects the texts of a page: those of its main part, and all that stand in no frame."""

    def __init__(self) -> None:
        self.title = ""
        self.main: list[str] = []
        self.rest: list[str] = []
        self._skipped: str | None = None
        self._depth = 0
        self._main: str | None = None
        self._main_depth = 0

    @property
    def is_skipping(self) -> bool:
        return self._skipped is not None

    def take(self, token: Tag | Title | str) -> None:
        if isinstance(token, Title):
            if self._skipped is None and not self.title:
                self.title = " ".join(token.text[: 10 * _TITLE_LIMIT].split())[:_TITLE_LIMIT]
        elif isinstance(token, str):
            if self._skipped is None:
                self._put(token.replace("\n", " "))
        elif self._skipped is not None:
            self._skip(token)
        elif not token.is_end and _is_skipped(token):
            self._skipped, self._depth = token.name, 1
        else:
            self._enter(token)
            self._put(break_at(token))

    def _put(self, text: str) -> None:
        if text:
            self.rest.append(text)
            if self._main is not None:
                self.main.append(text)

    def _skip(self, tag: Tag) -> None:
        if tag.name == self._skipped:
            self._depth += -1 if tag.is_end else 1
        if self._depth == 0:
            self._skipped = None
            self._put("\n")

    def _enter(self, tag: Tag) -> None:
        if self._main is None:
            is_main = tag.name == "main" or (tag.name in _ALWAYS_CLOSED and _MAIN.search(tag.attributes))
            if is_main and not tag.is_end:
                self._main, self._main_depth = tag.name, 1
        elif tag.name == self._main:
            self._main_depth += -1 if tag.is_end else 1
            if self._main_depth == 0:
                self._main = None
                self.main.append("\n")


def _is_skipped(tag: Tag) -> bool:
    if tag.attributes.rstrip(" >").endswith("/") and tag.name == "svg":
        return False
    if tag.name in _FRAMES or tag.name in _CONTROLS:
        return True
    return tag.name in _ALWAYS_CLOSED and bool(
        _ROLE.search(tag.attributes[:2_000]) or _HIDDEN.search(tag.attributes[:2_000])
    )


def _everything(html: str) -> Iterator[str]:
    hidden: str | None = None
    for token in tokens_of(html):
        if isinstance(token, str):
            if hidden is None:
                yield token.replace("\n", " ")
        elif hidden is None:
            # Scripts and styles have an end wherever they have text.
            hidden = token.name if token.name in {"script", "style", "title"} and not token.is_end else None
            yield break_at(token)
        elif token.name == hidden:
            hidden = None
