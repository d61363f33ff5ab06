"""One flat line, and what of a Markdown text is only to be seen."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from heartbeat.instructions.blocks import without_comments
from heartbeat.instructions.emptiness import INVISIBLE

LENGTH_LIMIT = 1_000
"""Characters of a line that is read alone, and of a title above it."""
COLONS = (":", "：")
_BOX = re.compile(r"\[(?P<mark>[ xX✓✔]?)\](?:\s+|$)")
_MARKS = re.compile(r"(\*\*|__|`)")
_STRESS = "*_~ "
_SENTENCE_ENDS = tuple(".!?。！？")
_TITLE_WORDS = 6
_PLAIN_TITLE_WORDS = 2


class Line(BaseModel):
    """One flat line.

    ``above`` is what it stands under, the outermost first: headings, what introduces its block ("You do not:",
    "**Never**"), and the items that it is in. ``before`` are those of them that are not in its text, nor an order
    of their own: headings, introductions, and an item before it that ends with a colon and has nothing in it.
    ``paragraph`` is all of the paragraph that it is a sentence of; empty where it is the whole. ``box`` tells
    that it is an unticked checkbox: something to be done once. ``task`` tells that it is a due task.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    paragraph: str = ""
    above: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    box: bool = False
    task: bool = False


def unboxed(text: str) -> tuple[str, bool | None]:
    """Return a text without Markdown and without its checkbox, and whether that is ticked; ``None`` without one."""
    flat = " ".join(_MARKS.sub("", without_comments(text)).split())
    box = _BOX.match(flat)
    return (flat[box.end() :], bool(box["mark"].strip())) if box else (flat, None)


def plain_title(text: str) -> str:
    """Return what stands above others; of one that is too long enough to see that."""
    flat = unboxed(text.translate(INVISIBLE))[0].strip(_STRESS)
    # "*Never*:" as well as "*Never:*".
    title = f"{flat[:-1].rstrip(_STRESS)}{flat[-1]}" if flat.endswith((*COLONS, *_SENTENCE_ENDS)) else flat
    return title if len(title) <= LENGTH_LIMIT else title[: LENGTH_LIMIT + 1]


def is_stressed(text: str) -> bool:
    """Whether a paragraph is a few words in bold or italics: a heading to whoever wrote it.

    A sentence ("**Be kind to everybody.**") is none.
    """
    shown = re.sub(r"^[^\w*]+", "", text.translate(INVISIBLE)).strip()
    bare = shown.rstrip(".!… ")
    inner = bare.strip("*_ ")
    if "\n" in shown or not inner or "*" in inner or not (shown[0] in "*_" and bare[-1] in "*_"):
        return False
    sentence = bare != shown or inner.endswith(_SENTENCE_ENDS)
    return len(inner.split()) <= (_PLAIN_TITLE_WORDS if sentence else _TITLE_WORDS)


def is_short(text: str) -> bool:
    """Whether a text is too short for a sentence: "Never", but not "No links here"."""
    title = plain_title(text)
    return not title.endswith(_SENTENCE_ENDS) and len(title.split()) <= _PLAIN_TITLE_WORDS
