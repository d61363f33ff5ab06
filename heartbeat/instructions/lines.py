"""A text as flat lines: one for each list item and each sentence of its paragraphs, without Markdown around it.

Small models follow flat sentences better than Markdown, and one at a time better than all at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from markdown_it.token import Token
from pydantic import BaseModel, ConfigDict

from heartbeat.instructions.blocks import normalise, read_blocks, without_comments
from heartbeat.instructions.emptiness import INVISIBLE, is_prose_above_a_rule, is_stub
from heartbeat.instructions.sentences import sentences

LINES_LIMIT = 100
"""Lines that are read one at a time; far beyond what people write, and a bound on what a beat can cost."""
LENGTH_LIMIT = 1_000
"""Characters of such a line."""
PARAGRAPH_LIMIT = 3_000
"""Characters of the paragraph around it, which is looked at as a whole too."""
_BOX = re.compile(r"\[(?P<mark>[ xX✓✔]?)\](?:\s+|$)")
_COLONS = (":", "：")
_MARKS = re.compile(r"(\*\*|__|`)")
_STRESS = "*_~ "
_STRESSED = re.compile(r"(?P<mark>\*\*|__|\*|_)(?![\s*_])[^*_\n]+(?P=mark)")
"""A paragraph in bold or italics: a heading to whoever wrote it."""


class Line(BaseModel):
    """One flat line.

    ``above`` is what it stands under, the outermost first: headings, what introduces its block ("You do not:",
    "**Never**"), and the items that it is in. ``paragraph`` is all of the paragraph that it is a sentence of; empty
    where it is the whole. ``box`` tells that it is an unticked checkbox: something to be done once. ``task`` tells
    that it is a due task.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    paragraph: str = ""
    above: tuple[str, ...] = ()
    box: bool = False
    task: bool = False


def flat_lines(text: str) -> tuple[Line, ...]:
    """Return the lines of a text in order. What is ticked is left out; a fence is read line by line.

    A paragraph that tells when to be silent, what to do and how to write is three lines. An item of a list is one:
    whoever wrote it has set it apart with its conditions and exceptions. An item that ends with a colon stands before
    each of the items under it, since alone these would ask for everything: "If it rains: bring an umbrella". What is
    in a ticked item is done with it, but for boxes of its own that are not ticked.
    """
    source = normalise(text)
    reader = _Reader(source.split("\n"))
    for token in read_blocks(source):
        reader.take(token)
    return tuple(reader.made)


def is_too_long(lines: Sequence[Line]) -> bool:
    """Whether these are more, or longer, than can be read one at a time."""
    return len(lines) > LINES_LIMIT or any(
        len(line.text) > LENGTH_LIMIT
        or len(line.paragraph) > PARAGRAPH_LIMIT
        or any(len(title) > LENGTH_LIMIT for title in line.above)
        for line in lines
    )


@dataclass(frozen=True)
class _Place:
    """What the blocks of a text, or of a quote in it, stand under.

    ``before`` introduces the blocks after it until the next heading or paragraph; ``directly``, where it is the one
    just before, also a paragraph.
    """

    headings: tuple[tuple[str, str], ...] = ()
    before: str = ""
    directly: bool = False

    def headed(self, tag: str, title: str) -> _Place:
        """Go on below a heading, which ends those of its level (``h2``) and of deeper ones."""
        return _Place((*(each for each in self.headings if each[0] < tag), (tag, title)))

    def above(self, *, paragraph: bool = False) -> tuple[str, ...]:
        titles = [title for _, title in self.headings]
        if not paragraph or self.directly:
            titles.append(self.before)
        return tuple(title for title in titles if title)


class _Reader:
    """Takes the tokens of a text in order, and makes lines of them."""

    def __init__(self, source: Sequence[str]) -> None:
        self.made: list[Line] = []
        self._source = source
        self._place = _Place()
        self._around: list[_Place] = []
        self._items: list[_Item] = []
        self._heading: Token | None = None
        self._in_table = False

    def take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                is_title = not self._items and not is_prose_above_a_rule(token, self._source)
                self._heading = token if is_title else None
            case "heading_close":
                self._heading = None
            case "blockquote_open":
                self._around.append(self._place)
            case "blockquote_close":
                self._place = self._around.pop()
            case "table_open" | "table_close":
                self._in_table = token.type == "table_open"
            case "list_item_open":
                self._open_item()
            case "list_item_close":
                self.made += self._items.pop().close()
            case "inline" if self._heading:
                self._place = self._place.headed(self._heading.tag, _title(token.content))
            case "inline" if not is_stub(token.content):
                self._text(token.content)
            case "fence" | "code_block":
                self._code([_unmarked(each) for each in token.content.splitlines()])
            case _:
                pass

    def _open_item(self) -> None:
        if self._items:
            self.made += self._items[-1].settle(opens=True)
            self._items.append(self._items[-1].child())
        else:
            self._items.append(_Item(self._block()))

    def _block(self) -> tuple[str, ...]:
        """Return what a block that is no paragraph stands under."""
        self._place = replace(self._place, directly=False)
        return self._place.above()

    def _text(self, text: str) -> None:
        if self._items:
            self._items[-1].texts.append(text)
        elif self._in_table:
            above = self._block()
            self.made += [line.model_copy(update={"above": above}) for line in _line(text)]
        else:
            above = self._place.above(paragraph=True)
            lines = [line for whole in _line(text) for line in _split(whole)]
            self.made += [line.model_copy(update={"above": above}) for line in lines]
            before = _introduction(text, lines)
            self._place = replace(self._place, before=before, directly=bool(before))

    def _code(self, texts: Sequence[str]) -> None:
        if self._items:
            self.made += self._items[-1].settle(opens=True)
            for text in texts:
                self.made += self._items[-1].child(text).close()
        else:
            above = self._block()
            self.made += [line.model_copy(update={"above": above}) for text in texts for line in _line(text)]


@dataclass
class _Item:
    """An item of a list that is being read, and what stands before the text in it.

    ``under`` is what introduces it, ``box`` whether that is unticked, ``done`` whether it is ticked or in what is.
    """

    above: tuple[str, ...]
    texts: list[str] = field(default_factory=list)
    parent: _Item | None = None
    under: str = ""
    box: bool = False
    done: bool = False
    _alone: list[Line] = field(default_factory=list)
    """Its own introduction, as long as it introduces nothing."""

    def child(self, *texts: str) -> _Item:
        """Return an item in this one."""
        return _Item(self.above, list(texts), parent=self, under=self.under, box=self.box, done=self.done)

    def settle(self, *, opens: bool) -> list[Line]:
        """Return the line of what has been read; none of an introduction, where something in it ``opens``."""
        flat, box = _unboxed(" ".join(self.texts))
        self.texts.clear()
        if not flat:
            return []
        if self.parent:
            self.parent._alone.clear()
        above, under = self.above, self.under
        self.above = (*self.above, _title(flat))
        self.done = (self.done and box is None) or box is True
        lines = [Line(text=f"{under} {flat}".strip(), above=above, box=box is False or self.box)]
        if self.done:
            lines.clear()
        if opens and _title(flat).endswith(_COLONS):
            self.under = f"{under} {_title(flat)}".strip()
            self.box = box is False or self.box
            self._alone = lines
            return []
        return lines

    def close(self) -> list[Line]:
        """Return what is left to be said of it."""
        return [*self.settle(opens=False), *self._alone]


def _line(text: str) -> list[Line]:
    flat, box = _unboxed(text)
    return [Line(text=flat, box=box is False)] if flat and not box else []


def _unboxed(text: str) -> tuple[str, bool | None]:
    """Return a text without Markdown and without its checkbox, and whether that is ticked; ``None`` without one."""
    flat = " ".join(_MARKS.sub("", without_comments(text)).split())
    box = _BOX.match(flat)
    return (flat[box.end() :], bool(box["mark"].strip())) if box else (flat, None)


def _introduction(text: str, lines: Sequence[Line]) -> str:
    """Return what of a paragraph introduces the blocks after it; empty if nothing does."""
    if _STRESSED.fullmatch(text.strip()):
        return _title(text)
    last = _title(lines[-1].text) if lines else ""
    return last if last.endswith(_COLONS) else ""


def _title(text: str) -> str:
    """Return a heading, or what stands before others, without what is only to be seen."""
    flat, _ = _unboxed(text.translate(INVISIBLE))
    flat = flat.strip(_STRESS)
    # "*Never*:" as well as "*Never:*".
    return f"{flat[:-1].rstrip(_STRESS)}{flat[-1]}" if flat.endswith(_COLONS) else flat


def _split(line: Line) -> list[Line]:
    parts = sentences(line.text)
    if len(parts) <= 1 or line.box:
        return [line]
    return [Line(text=part, paragraph=line.text) for part in parts]


def _unmarked(text: str) -> str:
    return re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", text)
