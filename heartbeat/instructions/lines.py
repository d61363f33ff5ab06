"""A text as flat lines: one for each list item and each sentence of its paragraphs, without Markdown around it.

Small models follow flat sentences better than Markdown, and one at a time better than all at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from markdown_it.token import Token

from heartbeat.instructions.blocks import is_too_deep, read_blocks, without_comments
from heartbeat.instructions.emptiness import is_prose_above_a_rule, is_stub
from heartbeat.instructions.line import (
    COLONS,
    LENGTH_LIMIT,
    Line,
    is_short,
    is_stressed,
    plain_title,
    unboxed,
)
from heartbeat.instructions.listed import Listed
from heartbeat.instructions.place import Place
from heartbeat.instructions.sentences import sentences
from heartbeat.instructions.source import normalise

LINES_LIMIT = 100
"""Lines, and titles above them, that are read one at a time; far beyond what people write, and a bound on what a beat
can cost."""
PARAGRAPH_LIMIT = 3_000
"""Characters of the paragraph around it, which is looked at as a whole too."""
_MARKDOWN = ("markdown", "md")
_MAX_FENCE_DEPTH = 3
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")


def flat_lines(text: str) -> tuple[Line, ...]:
    """Return the lines of a text in order. What is ticked is left out; a fence is read line by line.

    A paragraph that tells when to be silent, what to do and how to write is three lines. An item of a list is one:
    whoever wrote it has set it apart with its conditions and exceptions. An item that ends with a colon stands before
    each of the items under it, since alone these would ask for everything: "If it rains: bring an umbrella". What is
    in a ticked item is done with it, but for boxes of its own that are not ticked.
    """
    return tuple(_Reader(text, Place()).made)


def is_too_long(lines: Sequence[Line]) -> bool:
    """Whether these are more, or longer, than can be read one at a time."""
    titles = {title for line in lines for title in line.above}
    return (
        max(len(lines), len(titles)) > LINES_LIMIT
        or any(len(title) > LENGTH_LIMIT for title in titles)
        or any(len(" ".join([*line.before, line.text])) > LENGTH_LIMIT for line in lines)
        or any(len(line.paragraph) > PARAGRAPH_LIMIT for line in lines)
    )


def is_nested_too_deep(text: str) -> bool:
    """Whether the lines of a text may not be all of it."""
    return _Reader(text, Place()).too_deep


class _Reader:
    """Reads a text, and makes lines of it."""

    def __init__(self, text: str, place: Place, depth: int = 0) -> None:
        source = normalise(text)
        self.made: list[Line] = []
        self._source = source.split("\n")
        self._depth = depth
        self._place = place
        self._around: list[Place] = []
        self._items: list[Listed] = []
        self._heading: Token | None = None
        self._above_a_rule = False
        self._in_table = False
        tokens = read_blocks(source)
        self.too_deep = is_too_deep(tokens)
        for token in tokens:
            self._take(token)

    def _take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._above_a_rule = is_prose_above_a_rule(token, self._source)
                self._heading = None if self._items or self._above_a_rule else token
            case "heading_close":
                self._heading, self._above_a_rule = None, False
            case "blockquote_open":
                self._around.append(self._place)
                self._place = self._place.inside()
            case "blockquote_close":
                self._place = self._around.pop().after_quote(self._place)
            case "table_open" | "table_close":
                self._in_table = token.type == "table_open"
            case "list_item_open":
                self._open_item()
            case "list_item_close":
                self._close_item()
            case "inline" if self._heading:
                self._place = self._place.headed(self._heading.tag, plain_title(token.content))
            case "inline" if not is_stub(token.content):
                self._text(token.content)
            case "html_block":
                self._html(unescape(_TAG.sub(" ", without_comments(token.content))))
            case "fence" | "code_block":
                self._code(token)
            case _:
                pass

    def _open_item(self) -> None:
        if self._items:
            self.made += self._items[-1].settle(opens=True)
            self._items.append(self._items[-1].child())
        else:
            above = self._block().above()
            self._items.append(Listed(above, above))

    def _close_item(self) -> None:
        item = self._items.pop()
        self.made += item.close()
        if not self._items:
            self._place = self._place.after_item(item.follows(self._place.item))

    def _block(self) -> Place:
        """Return where a block that is no paragraph stands."""
        self._place = self._place.after_block()
        return self._place

    def _code(self, code: Token) -> None:
        language = code.info.strip().partition(" ")[0].casefold()
        if language in _MARKDOWN and not self._items and self._depth < _MAX_FENCE_DEPTH:
            inner = _Reader(code.content, self._block().inside(), self._depth + 1)
            self.made += inner.made
            self.too_deep |= inner.too_deep
        else:
            self._each([_unmarked(each) for each in code.content.splitlines()])

    def _text(self, text: str) -> None:
        if self._items:
            self._items[-1].texts.append(text)
        elif self._in_table:
            self._each([text])
        else:
            self._paragraph(text)

    def _paragraph(self, text: str) -> None:
        above = self._place.above(paragraph=True)
        lines = [line for whole in _line(text, above) for line in _split(whole)]
        self.made += lines
        title = plain_title(lines[-1].text) if lines else ""
        if is_stressed(text) or (self._above_a_rule and is_short(text)):
            title = plain_title(text)
            self._place = self._place.introduced(title)
        elif title.endswith(COLONS):
            self._place = self._place.introduced(title)
        else:
            self._place = self._place.after_paragraph()

    def _html(self, text: str) -> None:
        if self._items:
            self._items[-1].texts.append(text)
        else:
            self._each([_unmarked(each) for each in text.splitlines()])

    def _each(self, texts: Sequence[str]) -> None:
        """Read texts that are a line each."""
        if self._items:
            self.made += self._items[-1].settle(opens=True)
            for text in texts:
                self.made += self._items[-1].child(text).close()
        else:
            above = self._block().above()
            self.made += [line for text in texts for line in _line(text, above)]


def _line(text: str, above: tuple[str, ...]) -> list[Line]:
    flat, box = unboxed(text)
    return [Line(text=flat, above=above, before=above, box=box is False)] if flat and not box else []


def _split(line: Line) -> list[Line]:
    parts = sentences(line.text)
    if len(parts) <= 1 or line.box:
        return [line]
    return [line.model_copy(update={"text": part, "paragraph": line.text}) for part in parts]


def _unmarked(text: str) -> str:
    return re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", text)
