"""Plain text of HTML: what a person would read, without scripts, styles and markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from heartbeat.fetching.html_tokens import Tag, tokens_of

HIDDEN = frozenset({"script", "style", "template", "noscript", "title"})
"""Elements of which nothing is seen.

The head is none of them: its tags may be left out, and all else that may stand in it has no text.
"""
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
    }
    | {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section"}
    | {"table", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})


class Title(NamedTuple):
    """What a title of a page says."""

    text: str


def text_of_html(markup: str) -> str:
    """Return the text of a fragment or page of HTML, one line for each block; anything is accepted."""
    return "\n".join(lines_of("".join(_parts(markup))))


def break_at(tag: Tag) -> str:
    """Return what a tag puts between the texts before and after it: a line end, a space or nothing."""
    if tag.name in _BLOCKS:
        return "\n"
    return " " if tag.name in _CELLS and not tag.is_end else ""


def lines_of(text: str) -> Iterator[str]:
    """Yield the lines of a text that are not empty, each with single spaces."""
    for line in text.split("\n"):
        said = " ".join(line.split())
        if said:
            yield said


def seen_in(markup: str) -> Iterator[Tag | Title | str]:
    """Yield the tags and texts outside of elements that hide what they hold; of titles, what they hold."""
    hidden: str | None = None
    depth = 0
    said: list[str] = []
    for token in tokens_of(markup):
        if isinstance(token, str):
            if hidden is None:
                yield token
            elif hidden == "title":
                said.append(token)
        elif hidden is None:
            if token.name not in HIDDEN:
                yield token
            elif not (token.is_end or token.is_closed):
                hidden, depth, said = token.name, 1, []
        elif token.name == hidden:
            depth += -1 if token.is_end else 1
            if depth == 0:
                if hidden == "title":
                    yield Title("".join(said))
                hidden = None


def _parts(markup: str) -> Iterator[str]:
    """Yield what is seen of the markup, piece by piece."""
    for token in seen_in(markup):
        if isinstance(token, str):
            # A line end within a block is a space.
            yield token.replace("\n", " ")
        elif isinstance(token, Tag):
            yield break_at(token)
