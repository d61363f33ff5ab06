"""Markdown block tokens; the only module that configures markdown-it-py."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

# markdown-it drops text below its nesting limit; people can reach its default of 20.
MAX_NESTING = 100
CODE = frozenset({"fence", "code_block"})
OPAQUE = CODE | {"front_matter", "html_block"}

_YAML_TOP_LEVEL = re.compile(r"""(?:["']?[\w.-]+["']?\s*:(?:\s|$)|-(?:\s|$)|#|\s|$)""")


def read_blocks(source: str) -> list[Token]:
    """Return the block tokens of a text with LF line ends; inline content stays raw Markdown."""
    tokens = _parser(front_matter=True).parse(source)
    if tokens and tokens[0].type == "front_matter" and not _is_mapping(tokens[0].content):
        # Text between two horizontal rules at the top must not be dropped as front matter.
        return _parser(front_matter=False).parse(source)
    return tokens


def lines_of(token: Token) -> range:
    """Return the 0-based lines of a block token."""
    return range(*token.map) if token.map else range(0)


def is_too_deep(tokens: list[Token]) -> bool:
    """Return whether markdown-it may have dropped text that is nested too deep."""
    return any(token.level >= MAX_NESTING - 2 for token in tokens)


def without_comments(text: str) -> str:
    """Return the text without HTML comments but with their line ends; an unclosed one extends to the end."""
    kept = []
    position = 0
    while (start := text.find("<!--", position)) >= 0:
        kept.append(text[position:start])
        end = text.find("-->", start + 4)
        if end < 0:
            return "".join(kept)
        kept.append("\n" * text.count("\n", start, end))
        position = end + 3
    return "".join(kept) + text[position:]


def _is_mapping(front_matter: str) -> bool:
    return all(_YAML_TOP_LEVEL.match(line) for line in front_matter.split("\n"))


@cache
def _parser(*, front_matter: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    # A line like `[urgent]: call-mum` would be parsed as a link definition and dropped.
    parser.disable("reference")
    # Items keep their raw Markdown, and inline parsing takes quadratic time on adversarial text.
    parser.core.ruler.disable(["inline", "text_join"])
    return parser.use(front_matter_plugin) if front_matter else parser
