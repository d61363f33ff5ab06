"""Splitting of instructions into flat lines: list items and sentences of paragraphs, without Markdown.

Small models follow flat sentences better than Markdown, and one at a time better than all at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from markdown_it.token import Token

from heartbeat.instructions.block_context import BlockContext
from heartbeat.instructions.blocks import lines_of, read_blocks, without_comments
from heartbeat.instructions.emptiness import is_prose_above_a_rule, is_stub
from heartbeat.instructions.line import (
    COLONS,
    Line,
    is_emphasised_title,
    is_short,
    line_numbers,
    plain_title,
    split_checkbox,
)
from heartbeat.instructions.line_ends import editor_line_numbers
from heartbeat.instructions.list_item import ListItem
from heartbeat.instructions.sentences import sentences
from heartbeat.instructions.source import normalise
from heartbeat.instructions.table import Table

_MARKDOWN = ("markdown", "md")
_MAX_FENCE_DEPTH = 3
_MARK = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
_TAG = re.compile(r"</?[a-zA-Z!?][^<>]*>")


def flat_lines(text: str) -> tuple[Line, ...]:
    """Return the lines of a text in order, without ticked items.

    A paragraph becomes one line per sentence. A list item stays one line, since it includes its conditions and
    exceptions. An item that ends with a colon is prepended to each item nested in it, because that would lack its
    condition otherwise: "If it rains: bring an umbrella". Items in a ticked item are left out too, unless they have
    an unticked checkbox. A code block is read line by line. The cells of a row of a table are one line, and the
    first row stands above the others.
    """
    return tuple(_Reader(text, BlockContext(), editor_line_numbers(text)).lines)


class _Reader:
    """Convert the block tokens of a text into lines; ``numbers`` are those of its lines in an editor."""

    def __init__(self, text: str, context: BlockContext, numbers: Sequence[int], depth: int = 0) -> None:
        source = normalise(text)
        self.lines: list[Line] = []
        self._source = source.split("\n")
        self._depth = depth
        self._context = context
        self._outer: list[BlockContext] = []
        self._items: list[ListItem] = []
        self._heading: Token | None = None
        self._above_a_rule = False
        self._numbers = numbers
        self._table = Table(self._source)
        for token in read_blocks(source):
            if not self._table.read(token):
                self._read(token)

    def _read(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._above_a_rule = is_prose_above_a_rule(token, self._source)
                self._heading = None if self._items or self._above_a_rule else token
            case "heading_close":
                self._heading, self._above_a_rule = None, False
            case "blockquote_open":
                self._outer.append(self._context)
                self._context = self._context.nested()
            case "blockquote_close":
                self._context = self._outer.pop().after_quote(self._context)
            case "table_close":
                self._close_table()
            case "list_item_open":
                self._open_item()
            case "list_item_close":
                self._close_item()
            case "inline" if self._heading:
                self._context = self._context.with_heading(self._heading.tag, plain_title(token.content))
            case "inline" if not is_stub(token.content):
                self._text(token.content, token)
            case "html_block":
                self._html(unescape(_TAG.sub(_gap, without_comments(token.content))), token)
            case "fence" | "code_block":
                self._code(token)
            case _:
                pass

    def _open_item(self) -> None:
        if self._items:
            self.lines += self._items[-1].flush(opens=True)
            self._items.append(self._items[-1].child())
        else:
            above = self._block().above()
            self._items.append(ListItem(above))

    def _close_item(self) -> None:
        item = self._items.pop()
        self.lines += item.close()
        if not self._items:
            self._context = self._context.after_item(item.pending_title(self._context.item))

    def _block(self) -> BlockContext:
        """Return the context of a block other than a paragraph, and advance to it."""
        self._context = self._context.after_block()
        return self._context

    def _number(self, token: Token, after: int = 0) -> int:
        """Return the number of the line on which a block begins, or of one after it."""
        return self._numbers[min(lines_of(token).start + after, len(self._numbers) - 1)]

    def _code(self, code: Token) -> None:
        language = code.info.strip().partition(" ")[0].casefold()
        first = 1 if code.type == "fence" else 0
        if language in _MARKDOWN and not self._items and self._depth < _MAX_FENCE_DEPTH:
            numbers = self._numbers[lines_of(code).start + first :]
            inner = _Reader(code.content, self._block().nested(), numbers, self._depth + 1)
            self.lines += inner.lines
        else:
            self._add_lines(self._unmarked(code.content, code, first))

    def _text(self, text: str, token: Token) -> None:
        if self._items:
            self._items[-1].add(text, self._number(token))
        else:
            self._paragraph(text, token)

    def _close_table(self) -> None:
        """Add the rows of a table; the first stands above the others, and is a line if there are none."""
        rows = self._table.take()
        header = plain_title(rows[0].text) if len(rows) > 1 else ""
        self._add_lines([(row.text, self._numbers[row.at]) for row in rows[1:] or rows], header)

    def _paragraph(self, text: str, token: Token) -> None:
        above = self._context.above(paragraph=True)
        lines = [line for whole in _line(text, above) for line in _split(whole)]
        places = line_numbers(text, [line.text for line in lines])
        is_title = is_emphasised_title(text) or (self._above_a_rule and is_short(text))
        self.lines += [
            line.model_copy(update={"number": self._number(token, at), "title": is_title})
            for line, at in zip(lines, places, strict=True)
        ]
        title = plain_title(text if is_title else lines[-1].text if lines else "")
        if is_title or title.endswith(COLONS):
            self._context = self._context.with_introduction(title)
        else:
            self._context = self._context.after_paragraph()

    def _html(self, text: str, token: Token) -> None:
        if self._items:
            self._items[-1].add(text, self._number(token))
        else:
            self._add_lines(self._unmarked(text, token))

    def _unmarked(self, text: str, token: Token, first: int = 0) -> list[tuple[str, int]]:
        """Return the lines of a block without their bullets, each with its number."""
        return [
            (_MARK.sub("", each), self._number(token, at)) for at, each in enumerate(text.splitlines(), first)
        ]

    def _add_lines(self, texts: Sequence[tuple[str, int]], header: str = "") -> None:
        """Add each text as a line of its own, with the header above it."""
        headers = (header,) if header else ()
        if self._items:
            self.lines += self._items[-1].flush(opens=True)
            for text, number in texts:
                item = self._items[-1].child(*headers)
                item.add(text, number)
                self.lines += item.close()
        else:
            above = (*self._block().above(), *headers)
            self.lines += [line for text, number in texts for line in _line(text, above, number)]


def _line(text: str, above: tuple[str, ...], number: int = 0) -> list[Line]:
    flat, box = split_checkbox(text)
    made = Line(text=flat, above=above, box=box is False, number=number)
    return [made] if flat and not box else []


def _split(line: Line) -> list[Line]:
    parts = sentences(line.text)
    if len(parts) <= 1 or line.box:
        return [line]
    return [line.model_copy(update={"text": part, "paragraph": line.text}) for part in parts]


def _gap(tag: re.Match[str]) -> str:
    """Return a space, and the line ends of a tag."""
    return " " + "\n" * tag[0].count("\n")
