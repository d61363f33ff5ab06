"""Plain text of HTML: what a person would read, without scripts, styles and markup."""

from __future__ import annotations

from collections.abc import Iterator

from heartbeat.fetching.html_tokens import Tag, tokens_of

HIDDEN = frozenset({"script", "style", "template", "noscript", "head", "title"})
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


def _parts(markup: str) -> Iterator[str]:
    """Yield what is seen of the markup, piece by piece."""
    hidden = 0
    for token in tokens_of(markup):
        if isinstance(token, str):
            # A line end within a block is a space.
            yield "" if hidden else token.replace("\n", " ")
        elif token.name not in HIDDEN:
            # The end tag of the head may be left out.
            hidden = 0 if token.name == "body" else hidden
            yield break_at(token)
        elif token.is_end:
            hidden = max(0, hidden - 1)
        elif not token.is_closed:
            hidden += 1
