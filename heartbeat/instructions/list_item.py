"""A list item during parsing, with the titles and introductions of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from heartbeat.instructions.line import COLONS, LENGTH_LIMIT, Line, plain_title, split_checkbox


@dataclass
class ListItem:
    """An open list item.

    ``above`` are those of its lines (see `Line`). ``prefix`` is the text of the items that introduce
    it, ``box`` whether one of these has an unticked checkbox. ``done`` means that it or an enclosing item is ticked.
    ``item`` is the last nested item that is empty and ends with a colon. ``number`` is the line in an editor on which
    the collected texts begin.
    """

    above: tuple[str, ...]
    texts: list[str] = field(default_factory=list)
    parent: ListItem | None = None
    prefix: str = ""
    box: bool = False
    done: bool = False
    item: str = ""
    number: int = 0
    opened: bool = False
    """Whether its text has introduced nested items."""
    _first_title: str = ""
    _child_prefix: str = ""
    _own_line: list[Line] = field(default_factory=list)
    """The line of its own text, kept in case no nested item has a line."""

    def add(self, text: str, number: int) -> None:
        """Add a text that begins on this line to those of the next line."""
        self.number = self.number if self.texts else number
        self.texts.append(text)

    def child(self, *titles: str) -> ListItem:
        """Return a new item nested in this one, with further titles above it."""
        prefix = self._child_prefix or self.prefix
        return ListItem(
            (*self._inside(), *titles),
            parent=self,
            prefix=prefix,
            box=self.box,
            done=self.done,
        )

    def flush(self, *, opens: bool) -> list[Line]:
        """Return the line of the collected texts, if any.

        ``opens`` means that a nested item follows; text that ends with a colon then becomes its prefix instead.
        """
        flat, box = split_checkbox(" ".join(self.texts))
        self.texts.clear()
        if not flat:
            return []
        for each in self._ancestors():
            each._own_line.clear()
        title = plain_title(flat)
        above, prefix = self._inside(), self._child_prefix or self.prefix
        self.done = (self.done and box is None) or box is True
        lines = [
            Line(
                text=f"{prefix} {flat}".strip(),
                above=above,
                box=box is False or self.box,
                prefix=prefix,
                number=self.number,
            )
        ]
        if self.done:
            lines.clear()
        introduces = title.endswith(COLONS)
        if not self._first_title or (introduces and self._first_title.endswith(COLONS)):
            self._first_title = title
        if opens and introduces:
            self._child_prefix = f"{self.prefix} {title}".strip()[: LENGTH_LIMIT + 1]
            self.box = box is False or self.box
            self._own_line, self.opened = lines, True
            return []
        return lines

    def close(self) -> list[Line]:
        """Return the remaining lines and update the enclosing item."""
        # An introduction without nested lines is emitted as a line itself.
        own_line = tuple(self._own_line)
        lines = [*own_line, *self.flush(opens=False)]
        self.opened = self.opened and not own_line
        if self.parent:
            self.parent.item = self.pending_title(self.parent.item)
        return lines

    def pending_title(self, item: str) -> str:
        """Return the empty item with a colon that precedes the next item: this one, or ``item`` from before."""
        if self.opened or self.done:
            return ""
        return self._first_title if self._first_title.endswith(COLONS) else item

    def _inside(self) -> tuple[str, ...]:
        return tuple(title for title in (*self.above, self._first_title, self.item) if title)

    def _ancestors(self) -> Iterator[ListItem]:
        each = self.parent
        while each:
            yield each
            each = each.parent
