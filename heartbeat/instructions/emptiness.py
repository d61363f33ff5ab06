"""Detection of instructions without content, for which no model is asked.

Front matter, comments, headings, horizontal rules, empty list items and empty fences are not content. A doubtful line
counts as content, since an unnecessary model call is cheaper than a missed instruction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it.token import Token

from heartbeat.instructions.blocks import is_too_deep, lines_of, read_blocks, without_comments
from heartbeat.instructions.line_ends import normalise_line_ends
from heartbeat.instructions.markers import plain_markers

INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060")
# An empty checkbox, or a link definition without a target, used as a comment: `[//]: # (text)`.
_STUB = re.compile(r"\[[ xX]?\]|\[[^\[\]]*\]:\s*(?:#|<>)(?:\s.*)?")
_MARKDOWN_FENCES = frozenset({"", "markdown", "md"})
# A nested fence needs more markers than the outer one, so real files nest only one level.
_MAX_FENCE_DEPTH = 3


def has_content(source: str, tokens: list[Token], *, depth: int = 0) -> bool:
    """Return whether any block of a normalised text is content; ticked items are."""
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
    """Return whether each line of a paragraph or item is blank, a comment or an empty checkbox."""
    lines = (_visible(line) for line in without_comments(text).split("\n"))
    return all(not line or _STUB.fullmatch(line) for line in lines)


def is_prose_above_a_rule(heading: Token, lines: Sequence[str]) -> bool:
    """Return whether a heading is a paragraph above dashes that are meant as a horizontal rule.

    CommonMark parses text above ``---`` as a heading; up to three dashes are taken as a rule here.
    """
    return heading.markup == "-" and len(lines[lines_of(heading)[-1]].strip(" \t>")) <= 3


def _holds_content(code: Token, depth: int) -> bool:
    language = code.info.strip().partition(" ")[0].casefold()
    if language not in _MARKDOWN_FENCES or depth >= _MAX_FENCE_DEPTH:
        return bool(_visible(code.content))
    inner = plain_markers(normalise_line_ends(code.content))
    return has_content(inner, read_blocks(inner), depth=depth + 1)


def _visible(text: str) -> str:
    return text.translate(INVISIBLE).strip()
