"""Read the written lines with a real model and compare with the gold.

Answers are kept in a file, so that a run goes on where one stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evals.kept import DEADLINE, KeptAsk, Row
from evals.plan.compare import compare
from evals.plan.lines import HALVES, READ_AT, Line, load_lines
from evals.shares import share
from heartbeat.instructions.line import plain_title, split_checkbox
from heartbeat.plan import Plan, PlanLine, Reading, Rule
from heartbeat.plan.assemble import Kept
from heartbeat.plan.compare import NOT_READ, Comparison
from heartbeat.plan.names import place
from heartbeat.plan.needs import Known
from heartbeat.plan.said import OwnerMessage, assemble_said
from heartbeat_decision.asking import PortAsk
from heartbeat_decision.model import OllamaModel
from heartbeat_decision.reading import (
    UnreadableError,
    prompt_version,
    read_lines,
)

_MARKER = re.compile(r"^\s*(?:#{1,6}|[-*+]|\d+[.)]|>)\s+")


@dataclass(frozen=True)
class Measured:
    """A line with what was read from it, and what of that is right."""

    line: Line
    comparison: Comparison
    unsure: bool
    rules: tuple[Rule, ...] = ()
    said: str = ""


def plan_line(line: Line, number: int) -> PlanLine:
    """Return a written line as the reading gets it: without Markdown, under plain titles; a message as it is said."""
    if line.said is not None:
        return OwnerMessage(number, line.line, line.said).line
    text, box = split_checkbox(_MARKER.sub("", line.line))
    above = tuple(plain_title(_MARKER.sub("", title)) for title in line.under)
    return PlanLine(id=line.id, number=number, text=text, above=above, box=box is False)


def measured(line: Line, read: PlanLine, reading: Reading | UnreadableError) -> Measured:
    """Return what of a reading is right; one that failed is wrong, and named as such."""
    if isinstance(reading, UnreadableError):
        return Measured(line, NOT_READ, True, said=str(reading))
    known = Known(shows=line.connections, seen=tuple(line.connections), boards=line.boards)
    if line.said is not None:
        return _measured_message(line, line.said, read, reading, known)
    words = " ".join([*read.above, read.text])
    rules = tuple(
        Rule(
            **dict(place(rule, words, known)),
            id=f"{line.id}-{number}",
            line=1,
            text=read.text,
            read_at=READ_AT,
        )
        for number, rule in enumerate(reading.rules, 1)
    )
    said = ", ".join(f"{rule.do} {rule.when.kind}" for rule in rules) or str(reading.role)
    return Measured(line, compare(line, rules, reading.role), reading.unsure, rules, said)


def _measured_message(
    line: Line, said_at: datetime, read: PlanLine, reading: Reading, known: Known
) -> Measured:
    message = OwnerMessage(read.number, line.line, said_at)
    kept = {read.id: Kept(reading, said_at)}
    rules = assemble_said([message], kept, (), known, said_at.tzinfo or UTC).before(Plan()).rules
    said = ", ".join(f"{rule.do} {rule.when.kind} {rule.until or ''}" for rule in rules) or str(reading.role)
    return Measured(line, compare(line, rules, reading.role), reading.unsure, rules, said)


async def run(lines: Sequence[Line], ask: KeptAsk) -> list[Measured]:
    """Read the lines and return them with what is right, in their order."""
    asked = [plan_line(line, number) for number, line in enumerate(lines, 1)]
    by_id = {read.id: line for read, line in zip(asked, lines, strict=True)}
    found = {}
    async for read, reading in read_lines(asked, ask):
        line = by_id[read.id]
        found[line.id] = measured(line, read, reading)
    return [found[line.id] for line in lines]


def report(found: Sequence[Measured], *, named: bool) -> str:
    """Return the figures as text; with ``named`` also each line that is wrong."""
    wrong = [each for each in found if not each.comparison.do]
    right = [each for each in found if each.comparison.do]
    fields = Counter(name for each in found for name in each.comparison.wrong)
    rows = [
        f"lines {len(found)}",
        f"do    {share(len(right), len(found))}",
        f"whole {share(sum(each.comparison.whole for each in found), len(found))}",
        f"unsure of what is wrong {share(sum(each.unsure for each in wrong), len(wrong))}",
        f"unsure of what is right {share(sum(each.unsure for each in right), len(right))}",
        f"wrong fields: {', '.join(f'{name} {count}' for name, count in fields.most_common())}",
    ]
    if named:
        rows += [
            f"{each.line.id}: {each.said}{' (unsure)' if each.unsure else ''}: {', '.join(each.comparison.wrong)}"
            f" | {' > '.join(each.line.under)} | {each.line.line}"
            for each in found
            if not each.comparison.whole
        ]
    return "\n".join(rows)


def costs(given: Sequence[Row], lines: int) -> str:
    """Return calls, generated tokens and seconds a line as text."""
    tokens, seconds = sum(row["tokens"] for row in given), sum(row["seconds"] for row in given)
    return f"a line: {len(given) / lines:.1f} calls, {tokens / lines:.0f} generated tokens, {seconds / lines:.1f} s"


def main() -> None:
    """Measure one half: lines of the file, or messages."""
    parser = argparse.ArgumentParser(prog="python -m evals.plan", description=__doc__)
    parser.add_argument("half", choices=HALVES)
    parser.add_argument("--url", default="http://127.0.0.1:11434")
    parser.add_argument("--model", required=True)
    parser.add_argument("--answers", type=Path, required=True, help="where answers are kept, one a line")
    parser.add_argument("--only", help="lines whose id begins so")
    parser.add_argument("--messages", action="store_true", help="messages of the owner in place of lines")
    parser.add_argument("--named", action="store_true", help="also name the lines that are wrong")
    given = parser.parse_args()
    lines = [each.line for each in load_lines(given.half) if (each.line.said is not None) == given.messages]
    lines = [line for line in lines if line.id.startswith(given.only or "")]
    ask = KeptAsk(PortAsk(OllamaModel(), given.url, given.model, DEADLINE), given.answers)
    found = asyncio.run(run(lines, ask))
    print(f"{given.model}, words {prompt_version()}, {ask.fresh} answers are new")
    print(report(found, named=given.named))
    print(costs(ask.given, len(lines)))
