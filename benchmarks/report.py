"""Figures as a Markdown table, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

Row: TypeAlias = dict[str, float | int | str]
"""The figures of one line of a table by the headings of their columns; the same headings in all lines."""


def show(rows: list[Row], file: Path | None = None) -> None:
    """Print the rows as a table, and write them to a file if one is given."""
    print(table(rows))
    if file is not None:
        file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [
        list(rows[0]),
        ["---"] * len(rows[0]),
        *([_shown(each) for each in row.values()] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _shown(value: float | int | str) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)
