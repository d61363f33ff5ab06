"""Rows of a table as texts, during parsing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from heartbeat.instructions.blocks import lines_of

_AROUND_A_ROW = re.compile(r"^[\s>]*\|?|\|?\s*$")
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")


@dataclass
class Row:
    """A row of a table: its line in the source, from 0, and its cells."""

    at: int
    cells: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its cells as one text."""
        return " | ".join(flat for cell in self.cells if (flat := " ".join(cell.split())))


class Table:
    """Collect the rows of the table that is being parsed; ``source`` are the lines of the text."""

    def __init__(self, source: Sequence[str]) -> None:
        self._source = source
        self._rows: list[Row] = []
        self._in_row = False

    def read(self, token: Token) -> bool:
        """Return whether a token is a part of a row, which is then collected."""
        match token.type:
            case "tr_open":
                self._rows.append(Row(lines_of(token).start))
                self._in_row = True
            case "inline" if self._in_row:
                self._rows[-1].cells.append(token.content)
            case "tr_close":
                self._close_row()
            case _:
                return False
        return True

    def take(self) -> list[Row]:
        """Return the rows of the table that has ended, its header first."""
        rows, self._rows = self._rows, []
        return rows

    def _close_row(self) -> None:
        """End a row; cells that the header has none for, which the parser drops, are taken from the source."""
        row, self._in_row = self._rows[-1], False
        if len(self._rows) > 1:
            raw = _AROUND_A_ROW.sub("", self._source[row.at])
            row.cells += _BETWEEN_CELLS.split(raw)[len(row.cells) :]
