"""What the blocks of a text stand under."""

from __future__ import annotations

from dataclasses import dataclass, replace

_STACKED = 5
"""Introductions that may stand above each other."""


@dataclass(frozen=True)
class Place:
    """Where a block stands in a text, or in a quote or a fence in it.

    ``base`` is what all of it stands under. ``before`` introduces the blocks after it until the next heading or
    paragraph; where it is ``directly`` before it, also a paragraph. ``item`` is an item that ends with a colon, and
    has nothing in it: whoever wrote what follows, until the next such item, may have meant to set it in.
    """

    base: tuple[str, ...] = ()
    headings: tuple[tuple[str, str], ...] = ()
    before: tuple[str, ...] = ()
    directly: bool = False
    item: str = ""

    def above(self, *, paragraph: bool = False) -> tuple[str, ...]:
        """Return what a block stands under, the outermost first."""
        titles = [*self.base, *(title for _, title in self.headings)]
        if not paragraph or self.directly:
            titles += self.before
        if not paragraph:
            titles.append(self.item)
        return tuple(title for title in titles if title)

    def headed(self, tag: str, title: str) -> Place:
        """Go on below a heading, which ends those of its level (``h2``) and of deeper ones."""
        return Place(self.base, (*(each for each in self.headings if each[0] < tag), (tag, title)))

    def introduced(self, title: str) -> Place:
        """Go on after an introduction; one directly after another stands under it."""
        outer = self.before[: _STACKED - 1] if self.directly else ()
        return Place(self.base, self.headings, (*outer, title), directly=True)

    def after_paragraph(self) -> Place:
        """Go on after a paragraph that introduces nothing."""
        return Place(self.base, self.headings)

    def after_block(self) -> Place:
        """Go on after, or in, a list, code or a table."""
        return replace(self, directly=False)

    def after_item(self, item: str) -> Place:
        """Go on after an item of a list."""
        return replace(self, item=item)

    def inside(self) -> Place:
        """Go into a quote or a fence."""
        return Place(self.above())

    def after_quote(self, inner: Place) -> Place:
        """Go on after a quote; what introduces something at its end introduces what follows."""
        if inner.directly:
            before = (*self.before, *inner.before)[:_STACKED]
            return Place(self.base, self.headings, before, directly=True)
        return self.after_block()
