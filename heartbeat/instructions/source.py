"""Normalisation of instructions before parsing, without changing the number of lines."""

from __future__ import annotations

import re

from markdown_it.token import Token

from heartbeat.instructions.blocks import lines_of, read_blocks
from heartbeat.instructions.emptiness import has_content
from heartbeat.instructions.line_ends import normalise_line_ends
from heartbeat.instructions.markers import plain_markers

_OPENING = re.compile(r" {0,3}(?P<marker>`{3,}|~{3,})[ \t]*(?P<language>[\w.+-]*)[ \t]*")
_MARKDOWN = frozenset({"markdown", "md", "mdx", "mkd", "mdown"})
_HEADING = re.compile(r"^#{1,6}[ \t]", re.MULTILINE)


def normalise(text: str) -> str:
    """Return a text with normal line ends and list markers, without a Markdown fence around it."""
    return plain_markers(unwrapped(normalise_line_ends(text)))


def unwrapped(source: str) -> str:
    """Return a text with LF line ends without a Markdown fence around its whole content.

    Models often answer with such a fence, and people save the answer unchanged. A fence without a language counts if
    it has headings in it. The fence lines are emptied, so that line numbers do not change.
    """
    if "```" not in source and "~~~" not in source:
        return source
    lines = source.split("\n")
    tokens = read_blocks(source)
    for token in tokens:
        if token.type == "fence" and token.level == 0:
            closing = _closing(token, lines, tokens[-1])
            if closing is None:
                return source
            covers = range(lines_of(token).start, closing + 1)
            outside = "\n".join("" if at in covers else line for at, line in enumerate(lines))
            if has_content(outside, read_blocks(outside)):
                return source
            lines[covers.start] = lines[covers[-1]] = ""
            return "\n".join(lines)
    return source


def _closing(fence: Token, lines: list[str], last: Token) -> int | None:
    """Return the 0-based closing line of a fence that may enclose the text, or None if it is not Markdown.

    For CommonMark, a nested fence with the same marker closes the outer one, and the intended closing line opens
    another fence.
    """
    opening = _OPENING.fullmatch(lines[lines_of(fence).start])
    if opening is None:
        return None
    language = opening["language"].casefold()
    if language not in _MARKDOWN and (language or not _HEADING.search(fence.content)):
        return None
    end = lines_of(fence)[-1]
    if last.type == "fence" and last is not fence and last.level == 0 and not last.content.strip():
        at = lines_of(last).start
        if lines[at].strip() == opening["marker"] and not last.info.strip():
            return at
    return end if end > lines_of(fence).start and lines[end].strip().startswith(opening["marker"]) else None
