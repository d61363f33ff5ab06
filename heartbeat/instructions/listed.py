"""An item of a list that is being read, and what stands before the text in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from heartbeat.instructions.line import COLONS, LENGTH_LIMIT, Line, plain_title, unboxed


@dataclass
class Listed:
    """An item.

    ``above`` and ``before`` are those of its lines. ``prefix`` is what introduces it, ``box`` whether that is
    unticked, ``done`` whether it is ticked or in what is. ``item`` is the last in it that ends with a colon and has
    nothing in it.
    """

    above: tuple[str, ...]
    before: tuple[str, ...] = ()
    texts: list[str] = field(default_factory=list)
    parent: Listed | None = None
    prefix: str = ""
    box: bool = False
    done: bool = False
    item: str = ""
    opened: bool = False
    """Whether it has introduced what is in it."""
    _title: str = ""
    _under: str = ""
    _alone: list[Line] = field(default_factory=list)
    """Its own introduction, as long as it introduces nothing."""

    def child(self, *texts: str) -> Listed:
        """Return an item in this one."""
        under = self._under or self.prefix
        return Listed(
            self._inside(),
            self._before(),
            list(texts),
            parent=self,
            prefix=under,
            box=self.box,
            done=self.done,
        )

    def settle(self, *, opens: bool) -> list[Line]:
        """Return the line of what has been read; none of an introduction, where something in it ``opens``."""
        flat, box = unboxed(" ".join(self.texts))
        self.texts.clear()
        if not flat:
            return []
        for each in self._around():
            each._alone.clear()
        title = plain_title(flat)
        above = self._inside()
        self.done = (self.done and box is None) or box is True
        made = [
            Line(
                text=f"{self._under or self.prefix} {flat}".strip(),
                above=above,
                before=self._before(),
                box=box is False or self.box,
            )
        ]
        if self.done:
            made.clear()
        introduces = title.endswith(COLONS)
        if not self._title or (introduces and self._title.endswith(COLONS)):
            self._title = title
        if opens and introduces:
            self._under = f"{self.prefix} {title}".strip()[: LENGTH_LIMIT + 1]
            self.box = box is False or self.box
            self._alone, self.opened = made, True
            return []
        return made

    def close(self) -> list[Line]:
        """Return what is left to be said of it, and tell the item that it is in."""
        # An introduction comes before what it has introduced, which is nothing.
        alone = tuple(self._alone)
        made = [*alone, *self.settle(opens=False)]
        self.opened = self.opened and not alone
        if self.parent:
            self.parent.item = self.follows(self.parent.item)
        return made

    def follows(self, item: str) -> str:
        """Return what stands above the next item: this one, with a colon and nothing in it, or that which did."""
        if self.opened or self.done:
            return ""
        return self._title if self._title.endswith(COLONS) else item

    def _inside(self) -> tuple[str, ...]:
        return tuple(title for title in (*self.above, self._title, self.item) if title)

    def _before(self) -> tuple[str, ...]:
        return (*self.before, self.item) if self.item else self.before

    def _around(self) -> Iterator[Listed]:
        each = self.parent
        while each:
            yield each
            each = each.parent
