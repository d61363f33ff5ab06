"""Figures as a Markdown table, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

Row: TypeAlias = dict[str, float | int | str | None]
"""The figures of one line by the headings of their columns, which all lines share; None where nothing was seen."""


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


def _shown(value: float | int | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def draw(rows: dict[str, list[Row]], file: Path) -> None:
    """Write the ratios of all rows as bars, with the baseline at 1."""
    # Imported late: importing Matplotlib takes longer than printing a table.
    from matplotlib.figure import Figure

    bars = [
        (f"{title}: {_named(row, name)}", value)
        for title, each in rows.items()
        for row in each
        for name, value in row.items()
        if "ratio" in name and isinstance(value, float)
    ]
    figure = Figure(figsize=(10, 1 + 0.25 * len(bars)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh([name for name, _ in bars], [value for _, value in bars])
    axes.axvline(1, color="black", linewidth=1)
    axes.invert_yaxis()
    axes.set_xlabel("ratio to the baseline of the same run")
    figure.savefig(file, metadata={"Date": None})


def _named(row: Row, column: str) -> str:
    said = [
        str(value)
        for name, value in row.items()
        if not isinstance(value, float) and name not in {"acted", "started", "at most"}
    ]
    return ", ".join([*said, *([] if column == "ratio" else [column.removesuffix(", ratio")])])
