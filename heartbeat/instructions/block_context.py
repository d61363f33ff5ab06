"""The headings and introductions that apply to a block of a text."""

from __future__ import annotations

from dataclasses import dataclass, replace

_MAX_INTRODUCTIONS = 5
"""Maximum number of consecutive introductions that apply together."""


@dataclass(frozen=True)
class BlockContext:
    """The position of a block in a text, or in a quote or fence in it.

    ``base`` are the titles around the quote or fence. ``before`` are introductions: they apply to the following
    blocks until the next heading or paragraph, and to a paragraph only if they are ``directly`` before it. ``item``
    is an empty list item that ends with a colon: the blocks up to the next such item may be meant as nested in it.
    """

    base: tuple[str, ...] = ()
    headings: tuple[tuple[str, str], ...] = ()
    before: tuple[str, ...] = ()
    directly: bool = False
    item: str = ""

    def above(self, *, paragraph: bool = False) -> tuple[str, ...]:
        """Return the titles that apply to a block, outermost first."""
        titles = [*self.base, *(title for _, title in self.headings)]
        if not paragraph or self.directly:
            titles += self.before
        if not paragraph:
            titles.append(self.item)
        return tuple(title for title in titles if title)

    def with_heading(self, tag: str, title: str) -> BlockContext:
        """Return the position below a heading, which ends headings of the same level (``h2``) or deeper."""
        return BlockContext(self.base, (*(each for each in self.headings if each[0] < tag), (tag, title)))

    def with_introduction(self, title: str) -> BlockContext:
        """Return the position after an introduction; consecutive introductions apply together."""
        outer = self.before[: _MAX_INTRODUCTIONS - 1] if self.directly else ()
        return BlockContext(self.base, self.headings, (*outer, title), directly=True)

    def after_paragraph(self) -> BlockContext:
        """Return the position after a paragraph that is not an introduction."""
        return BlockContext(self.base, self.headings)

    def after_block(self) -> BlockContext:
        """Return the position in or after a list, code block or table."""
        return replace(self, directly=False)

    def after_item(self, item: str) -> BlockContext:
        """Return the position after a list item."""
        return replace(self, item=item)

    def nested(self) -> BlockContext:
        """Return the position at the start of a quote or fence."""
        return BlockContext(self.above())

    def after_quote(self, inner: BlockContext) -> BlockContext:
        """Return the position after a quote; an introduction at its end applies to the following blocks."""
        if inner.directly:
            before = (*self.before, *inner.before)[:_MAX_INTRODUCTIONS]
            return BlockContext(self.base, self.headings, before, directly=True)
        return self.after_block()
