"""Output: sentences, rows and tables for people, JSON for programs. Data is never parsed as markup."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from heartbeat.vocabulary import BeatStatus, ConnectionState, DeliveryStatus, ThreadStatus
from heartbeat_service.escaping import inert, inert_json, one_line

_STYLES: dict[str, str] = {
    BeatStatus.ACTED: "green",
    BeatStatus.NONE: "cyan",
    BeatStatus.DRY_RUN: "cyan",
    BeatStatus.RUNNING: "cyan",
    BeatStatus.SKIPPED: "yellow",
    BeatStatus.AWAITING_APPROVAL: "magenta",
    BeatStatus.REJECTED: "magenta",
    BeatStatus.FAILED: "bold red",
    BeatStatus.ABANDONED: "red",
    BeatStatus.MISSED: "yellow",
    DeliveryStatus.PENDING: "cyan",
    DeliveryStatus.SENDING: "cyan",
    DeliveryStatus.SENT: "green",
    DeliveryStatus.UNKNOWN: "bold red",
    DeliveryStatus.HELD: "yellow",
    ThreadStatus.ON: "green",
    ThreadStatus.OFF: "dim",
    ThreadStatus.PAUSED: "yellow",
    ConnectionState.OK: "green",
    ConnectionState.FAILING: "yellow",
    ConnectionState.FAULTY: "bold red",
}


def console() -> Console:
    """Return a console on the current stdout; it uses colours only on a terminal that supports them."""
    return Console(highlight=False, markup=False, emoji=False)


def say(text: str = "", style: str = "", *, out: Console | None = None, wrapped: bool = True) -> None:
    """Print a sentence: wrapped on a terminal, otherwise on one line, so that other programs can search it.

    ``out`` is the console of a live status line, so that the two are not mixed. What is not ``wrapped`` can be copied
    as a whole, such as a link.
    """
    out = out or console()
    out.print(Text(inert(text), style=style), soft_wrap=not (wrapped and out.is_terminal))


def say_row(left: str, right: str | Text, *, width: int, style: str = "bold") -> None:
    """Print a name in a column of ``width``, and a text beside it that wraps in its own column."""
    out = console()
    name = Text(one_line(left), style=style)
    text = right if isinstance(right, Text) else Text(one_line(right))
    if not out.is_terminal:
        name.pad_right(max(0, width - len(name)))
        out.print(Text("  ").join([name, text]), soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_row(name, text)
    out.print(grid)


def say_block(text: str, indent: int = 0) -> None:
    """Print a text of several lines, indented."""
    out = console()
    body = Text(inert(text))
    if out.is_terminal:
        out.print(Padding(body, (0, 0, 0, indent)))
        return
    for line in body.split(allow_blank=True):
        out.print(Text(" " * indent if line else "").append_text(line), soft_wrap=True)


def say_steps(title: str, steps: Sequence[tuple[str, str]]) -> None:
    """Print a numbered list of (command, purpose), with commands that can be copied as they are."""
    say()
    say(title, "bold")
    typed = [(_as_typed(command), purpose) for command, purpose in steps]
    width = max(len(command) for command, _ in typed)
    for number, (command, purpose) in enumerate(typed, 1):
        say_row(f"{number}. {command}", purpose, width=width + 3, style="cyan")


def _as_typed(command: str) -> str:
    """Return the command with the path that started this process if `heartbeat` is not on PATH."""
    called, name = sys.argv[0], "heartbeat"
    program, _, rest = command.partition(" ")
    if program != name or Path(called).stem != name or shutil.which(name) is not None:
        return command
    return f"{called} {rest}"


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]], *, wide: str) -> None:
    """Print a table; ``wide`` is the column that may wrap."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=name != wide, overflow="fold" if name == wide else "ellipsis")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(one_line(cell)) for cell in row))
    console().print(table)


def outcome(status: str, reason: str | None = None) -> Text:
    """Return an outcome such as ``skipped/unchanged`` in its colour."""
    return Text(f"{status}/{reason}" if reason else status, style=_STYLES.get(status, ""))


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print one JSON value, on one line unless ``indent`` is given."""
    plain = not (sys.stdout.encoding or "").lower().startswith("utf")
    sys.stdout.write(inert_json(json.dumps(value, ensure_ascii=plain, indent=indent)) + "\n")
