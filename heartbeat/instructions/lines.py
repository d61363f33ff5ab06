"""A text as flat lines: one for each list item and each sentence of its paragraphs, without Markdown around it.

Small models follow flat sentences better than Markdown, and one at a time better than all at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
_MARKS = re.compile(r"(\*\*|__|`)")


class Line(BaseModel):
    """One flat line.

    ``paragraph`` is all of the paragraph that it is a sentence of; empty where it is the whole. ``box`` tells that it
    is an unticked checkbox: something to be done once. ``task`` tells that it is a due task.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    paragraph: str = ""
    box: bool = False
    task: bool = False


def flat_lines(text: str) -> tuple[Line, ...]:
    """Return the lines of a text in order. Headings and what is ticked are left out; a fence is read line by line.

    A paragraph that tells when to be silent, what to do and how to write is three lines. An item of a list is one:
    whoever wrote it has set it apart with its conditions and exceptions.
    """
    made: list[Line] = []
    items: list[list[str]] = []
    heading = False
    for token in read_blocks(normalise(text)):
        match token.type:
            case "heading_open" | "heading_close":
                heading = token.type == "heading_open"
            case "list_item_open":
                _take(made, items)
                items.append([])
            case "list_item_close":
                _take(made, items)
                items.pop()
            case "inline" if not heading and not is_stub(token.content):
                if items:
                    items[-1].append(token.content)
                else:
                    made += [line for each in _line(token.content) for line in _split(each)]
            case "fence" | "code_block":
                _take(made, items)
                made += [line for each in token.content.splitlines() for line in _line(_unmarked(each))]
            case _:
                pass
    return tuple(made)


def is_too_long(lines: Sequence[Line]) -> bool:
    """Whether these are more, or longer, than can be read one at a time."""
    return len(lines) > LINES_LIMIT or any(
        len(line.text) > LENGTH_LIMIT or len(line.paragraph) > PARAGRAPH_LIMIT for line in lines
    )


def _take(made: list[Line], items: list[list[str]]) -> None:
    if items and items[-1]:
        made += _line(" ".join(items[-1]))
        items[-1].clear()


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
