"""The model of a flat line, and functions that remove Markdown formatting from text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from pydantic import BaseModel, ConfigDict

from heartbeat.instructions.blocks import without_comments
from heartbeat.instructions.emptiness import INVISIBLE

LENGTH_LIMIT = 1_000
"""Maximum characters of a line that is read on its own, and of a title above it."""
COLONS = (":", "：")
_BOX = re.compile(r"\[(?P<mark>[ xX✓✔]?)\](?:\s+|$)")
_FORMATTING = re.compile(r"(\*\*|__|`)")
_EMPHASIS = "*_~ "
_SENTENCE_ENDS = tuple(".!?。！？")
_TITLE_WORDS = 6
_SHORT_TITLE_WORDS = 2


class Line(BaseModel):
    """A list item or a sentence of a paragraph, as one line of plain text.

    ``above`` are its enclosing titles, outermost first: headings, the introduction of its block ("You do not:",
    "**Never**") and the items that contain it.
    ``paragraph`` is the whole paragraph of which it is a sentence; empty if it is the only one. ``box`` means an
    unticked checkbox, which is to be done once. ``prefix`` is what ``text`` begins with
    that is the text of items that introduce it, and ``number`` its line in an editor, from 1; 0 if it has none.
    ``title``: a paragraph that is used as a heading.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    paragraph: str = ""
    above: tuple[str, ...] = ()
    box: bool = False
    prefix: str = ""
    number: int = 0
    title: bool = False

    @property
    def own(self) -> str:
        """Its text without that of the items that introduce it."""
        return self.text.removeprefix(self.prefix).strip()


def split_checkbox(text: str) -> tuple[str, bool | None]:
    """Return a text without Markdown and checkbox, and whether the checkbox is ticked; None without one."""
    flat = " ".join(_FORMATTING.sub("", without_comments(text)).split())
    box = _BOX.match(flat)
    return (flat[box.end() :], bool(box["mark"].strip())) if box else (flat, None)


def line_numbers(text: str, parts: Sequence[str]) -> list[int]:
    """Return on which line of a text each part begins, from 0; together they are the text without Markdown."""
    ends = list(accumulate(map(_signs, _FORMATTING.sub("", without_comments(text)).split("\n"))))
    starts = [0, *accumulate(map(_signs, parts))]
    return [min(bisect_right(ends, start), len(ends) - 1) for start in starts[:-1]]


def _signs(text: str) -> int:
    """Return the number of characters that are no white space."""
    return len("".join(text.split()))


def plain_title(text: str) -> str:
    """Return a title without Markdown.

    A title over ``LENGTH_LIMIT`` characters is cut to one more than that, so that callers can see it is too long.
    """
    flat = split_checkbox(text.translate(INVISIBLE))[0].strip(_EMPHASIS)
    # "*Never*:" as well as "*Never:*".
    title = f"{flat[:-1].rstrip(_EMPHASIS)}{flat[-1]}" if flat.endswith((*COLONS, *_SENTENCE_ENDS)) else flat
    return title if len(title) <= LENGTH_LIMIT else title[: LENGTH_LIMIT + 1]


def is_emphasised_title(text: str) -> bool:
    """Return whether a paragraph is used as a heading: a few words, all in bold or italics.

    A full sentence ("**Be kind to everybody.**") is not a heading.
    """
    shown = re.sub(r"^[^\w*]+", "", text.translate(INVISIBLE)).strip()
    bare = shown.rstrip(".!… ")
    inner = bare.strip("*_ ")
    if "\n" in shown or not inner or "*" in inner or not (shown[0] in "*_" and bare[-1] in "*_"):
        return False
    sentence = bare != shown or inner.endswith(_SENTENCE_ENDS)
    return len(inner.split()) <= (_SHORT_TITLE_WORDS if sentence else _TITLE_WORDS)


def is_short(text: str) -> bool:
    """Return whether a text is too short for a sentence: "Never", but not "No links here"."""
    title = plain_title(text)
    return not title.endswith(_SENTENCE_ENDS) and len(title.split()) <= _SHORT_TITLE_WORDS
