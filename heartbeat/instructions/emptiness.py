"""Does a text ask for anything? Without content a beat ends for free.

Front matter, comments, headings, horizontal rules, empty list stubs and bare fences are not content. Where a
line could be either, it counts: asking the model once too often is cheaper than losing an instruction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from heartbeat.instructions.blocks import is_too_deep, lines_of, read_blocks, without_comments
from heartbeat.instructions.line_ends import one_kind
from heartbeat.instructions.markers import plain_markers

INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060")
# An empty checkbox, or a link definition that leads nowhere: `[//]: # (a comment by convention)`.
_STUB = re.compile(r"\[[ xX]?\]|\[[^\[\]]*\]:\s*(?:#|<>)(?:\s.*)?")
_MARKDOWN_FENCES = frozenset({"", "markdown", "md"})
# A fence in a fence needs more markers than the one around it, so real files go one deep.
_FENCES_DEEP = 3


def has_content(source: str, tokens: list[Token], *, depth: int = 0) -> bool:
    """Whether any block of a normalised text counts as content; a ticked item does."""
    if is_too_deep(tokens):
        return True
    lines = source.split("\n")
    lists = 0
    heading: Token | None = None
    for token in tokens:
        match token.type:
            case "list_item_open":
                lists += 1
            case "list_item_close":
                lists -= 1
            case "heading_open":
                heading = token
            case "heading_close":
                heading = None
            case "inline" if heading and not lists and not is_prose_above_a_rule(heading, lines):
                continue
            case "inline" if not is_stub(token.content):
                return True
            case "html_block" if _visible(without_comments(token.content)):
                return True
            case "fence" | "code_block" if _holds_content(token, depth):
                return True
    return False


def is_stub(text: str) -> bool:
    """Whether every line of a paragraph or an item is blank, a comment or an empty checkbox."""
    lines = (_visible(line) for line in without_comments(text).split("\n"))
    return all(not line or _STUB.fullmatch(line) for line in lines)


def is_prose_above_a_rule(heading: Token, lines: Sequence[str]) -> bool:
    """Three dashes below prose are meant as a horizontal rule; only by the letter do they make it a heading."""
    return heading.markup == "-" and len(lines[lines_of(heading)[-1]].strip(" \t>")) <= 3


def _holds_content(code: Token, depth: int) -> bool:
    language = code.info.strip().partition(" ")[0].casefold()
    if language not in _MARKDOWN_FENCES or depth >= _FENCES_DEEP:
        return bool(_visible(code.content))
    inner = plain_markers(one_kind(code.content))
    return has_content(inner, read_blocks(inner), depth=depth + 1)


def _visible(text: str) -> str:
    return text.translate(INVISIBLE).strip()
