"""A text as flat lines: one for each list item and each sentence of its paragraphs, without Markdown around it.

Small models follow flat sentences better than Markdown, and one at a time better than all at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from heartbeat.instructions.blocks import normalise, read_blocks, without_comments
from heartbeat.instructions.emptiness import is_stub
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


class Line(BaseModel):
    """One flat line.

    ``above`` are the heading it stands under and the paragraph, ending with a colon, before its list. ``paragraph``
    is all of the paragraph that it is a sentence of; empty where it is the whole. ``box`` tells that it is an
    unticked checkbox: something to be done once. ``task`` tells that it is a due task.
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
    each of the items under it, since alone these would ask for everything: "If it rains: bring an umbrella".
    """
    made: list[Line] = []
    items: list[_Item] = []
    heading, in_heading, before = "", False, ""
    for token in read_blocks(normalise(text)):
        known = len(made)
        match token.type:
            case "heading_open" | "heading_close":
                in_heading, before = token.type == "heading_open", ""
            case "inline" if in_heading:
                heading = "".join(line.text for line in _line(token.content))
            case "list_item_open":
                under = items[-1].introduce(made) if items else ""
                items.append(_Item(under))
            case "list_item_close":
                items.pop().take(made)
            case "inline" if not is_stub(token.content):
                if items:
                    items[-1].texts.append(token.content)
                else:
                    made += [line for each in _line(token.content) for line in _split(each)]
                    before = made[-1].text if len(made) > known and made[-1].text.endswith(_COLONS) else ""
            case "fence" | "code_block":
                if items:
                    items[-1].take(made)
                made += [line for each in token.content.splitlines() for line in _line(_unmarked(each))]
            case _:
                pass
        listed = before if token.type.startswith("list_item") else ""
        above = tuple(title for title in (heading, listed) if title)
        made[known:] = [line.model_copy(update={"above": above}) for line in made[known:]]
    return tuple(made)


def is_too_long(lines: Sequence[Line]) -> bool:
    """Whether these are more, or longer, than can be read one at a time."""
    return len(lines) > LINES_LIMIT or any(
        len(line.text) > LENGTH_LIMIT or len(line.paragraph) > PARAGRAPH_LIMIT for line in lines
    )


@dataclass
class _Item:
    """An item of a list that is being read; ``under`` is what stands before it."""

    under: str
    texts: list[str] = field(default_factory=list)

    def take(self, made: list[Line]) -> None:
        made += self._lines()
        self.texts.clear()

    def introduce(self, made: list[Line]) -> str:
        """Return what stands before the items under this one; if that is its own text, it is no line then."""
        lines = self._lines()
        if not lines or not lines[0].text.endswith(_COLONS):
            self.take(made)
            return self.under
        self.texts.clear()
        self.under = lines[0].text
        return self.under

    def _lines(self) -> list[Line]:
        lines = _line(" ".join(self.texts))
        return [line.model_copy(update={"text": f"{self.under} {line.text}".strip()}) for line in lines]


def _line(text: str) -> list[Line]:
    flat = " ".join(_MARKS.sub("", without_comments(text)).split())
    box = _BOX.match(flat)
    if box:
        flat = flat[box.end() :]
    if not flat or (box and box["mark"].strip()):
        return []
    return [Line(text=flat, box=box is not None)]


def _split(line: Line) -> list[Line]:
    parts = sentences(line.text)
    if len(parts) <= 1 or line.box:
        return [line]
    return [Line(text=part, paragraph=line.text) for part in parts]


def _unmarked(text: str) -> str:
    return re.sub(r"^\s*(?:[-*+]|\d+[.)])\s+", "", text)
