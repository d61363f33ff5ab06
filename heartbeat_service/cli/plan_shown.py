"""Print a plan for people: each line with what it asks for, what it lacks, and who decided that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.text import Text

from heartbeat.plan.view import FailedView, LackView, PlanView, QuietView, RuleView, SaidView, UnreadView
from heartbeat.plan.words import DecidedBy, LineRole
from heartbeat.schedule import parse_zone
from heartbeat.text import count
from heartbeat_service.cli.terminal import say, say_row
from heartbeat_service.escaping import one_line

WIDTH = 9
ROLES = {
    LineRole.FORBIDS: "forbids something, whatever is written; asks for nothing by itself",
    LineRole.STYLE: "says how to write; asks for nothing by itself",
    LineRole.ABOUT: "says who or what somebody or something is; asks for nothing",
    LineRole.LOOK: "only tells to look; asks for nothing",
}
"""What lines that ask for nothing are instead."""
_Entry = RuleView | QuietView | UnreadView | FailedView


def show_plan(plan: PlanView, missing: Path | None = None) -> None:
    """Print a plan: its lines in order, then its problems and what else its owner has to know.

    ``missing`` is the file that its text would be in, where that is not there.
    """
    show_said(plan)
    if missing is not None:
        say(f"There is no {missing}; make one with: heartbeat init")
    elif not show_lines(plan):
        say("The text asks for nothing, so beats stay silent.")
    _problems(plan)
    for dropped in plan.dropped:
        say_row("dropped", f"“{dropped.line_text}”: {dropped.message}", width=WIDTH, style="yellow")
        if dropped.can_take_back:
            thread = f" --thread {plan.thread}" if plan.thread is not None else ""
            say_row("", f"Dismiss it: heartbeat plan correct {dropped.line_id} --back{thread}", width=WIDTH)
    reading = plan.reading
    if reading.read < reading.of:
        why = f": {reading.problem}" if reading.problem else "."
        say(f"Read: {reading.read} of {count(reading.of, 'line')}{why}", "yellow")
    # Of a plan of which nothing is read there is nothing to follow yet.
    if not plan.follows.beats or reading.read or (not reading.of and missing is None):
        say(plan.follows.message)


def who_decides(plan: PlanView) -> str | None:
    """Return what decides about all lines in place of a model; None where a model has something to read."""
    every: list[RuleView | QuietView] = [*plan.rules, *plan.quiet]
    found = {each.decided_by for each in every}
    if not found or plan.unread or plan.failed or DecidedBy.MODEL in found:
        return None
    named = {DecidedBy.CORRECTION: "corrections", DecidedBy.FILE: "HEARTBEAT.plan.json"}
    return " and ".join(said for decided_by, said in named.items() if decided_by in found)


def show_lines(plan: PlanView, line_id: str | None = None) -> bool:
    """Print the lines of a plan in order, or the one of an id; return whether there are any.

    Where several begin on one line of the text, each is shown with the id by which it can be corrected.
    """
    every: list[_Entry] = [*plan.rules, *plan.quiet, *plan.unread, *plan.failed]
    numbers = Counter({each.line_id: each.line for each in every}.values())
    place = {each: number for number, each in enumerate(plan.line_ids)}
    shown = sorted(
        (each for each in every if line_id in {None, each.line_id}), key=lambda each: place[each.line_id]
    )
    before = None
    for shown_id, entries in groupby(shown, key=lambda each: each.line_id):
        for number, entry in enumerate(entries):
            left = f"line {entry.line}" if number == 0 and entry.line != before else ""
            before = entry.line
            if number == 0 and numbers[entry.line] > 1:
                say_row(left, Text(f"id {shown_id}", style="dim"), width=WIDTH)
                left = ""
            for text in _lines(entry):
                say_row(left, text, width=WIDTH)
                left = ""
    return bool(shown)


def show_said(plan: PlanView, line_id: str | None = None) -> None:
    """Print what the owner says in the conversation, the newest first, or one message by its id."""
    shown = [each for each in plan.said if line_id in {None, each.line_id}]
    if not shown:
        return
    zone = parse_zone(plan.timezone)
    say("Said in the conversation", "bold")
    for each in shown:
        at = f"{each.said_at.astimezone(zone):%Y-%m-%d %H:%M}"
        say_row(
            f"message {each.message}", Text(f"{at}  ").append(one_line(each.text), style="dim"), width=WIDTH
        )
        for text in _said(each, zone):
            say_row("", text, width=WIDTH)


def _said(each: SaidView, zone: ZoneInfo) -> Iterator[Text]:
    """Yield the rows of a message: what it asks for, until when, and whether that is over."""
    if each.unread or each.failed:
        yield Text("not read yet" if each.unread else "could not be read", style="yellow")
    if each.role is not None:
        yield Text(ROLES[each.role], style="dim").append_text(_marks(each))
    for rule in each.rules:
        over = Text(f"  ({_over(each, zone)})", style="dim") if rule.over else Text("")
        yield Text(one_line(f"→ {rule.says}")).append_text(over).append_text(_marks(rule))
        if not rule.over:
            yield from map(_lacking, rule.lacks)


def _over(each: SaidView, zone: ZoneInfo) -> str:
    if each.lifted_at is None:
        return "over"
    return f"lifted by {one_line(each.lifted_by or '')} {each.lifted_at.astimezone(zone):%Y-%m-%d %H:%M}"


def _lacking(lack: LackView) -> Text:
    return Text("cannot be followed: ", style="bold red").append(
        one_line(f"{lack.message} {lack.remedy}"), style=""
    )


def _lines(entry: _Entry) -> Iterator[Text]:
    """Yield the rows of a line: what it says, then how it is read, marked, and what it lacks."""
    match entry:
        case UnreadView():
            yield Text(one_line(entry.text)).append("  not read yet", style="yellow")
        case FailedView():
            yield Text(one_line(entry.text)).append("  could not be read", style="yellow")
        case QuietView():
            yield (
                Text(one_line(entry.text), style="dim")
                .append(f"  {ROLES[entry.role]}")
                .append_text(_marks(entry))
            )
        case RuleView():
            yield Text(one_line(entry.text), style="dim")
            yield Text(one_line(f"→ {entry.says}")).append_text(_marks(entry))
            yield from map(_lacking, entry.lacks)


def _marks(entry: RuleView | QuietView | SaidView) -> Text:
    if entry.decided_by == DecidedBy.FILE:
        return Text("  (as HEARTBEAT.plan.json has it)", style="cyan")
    if entry.decided_by == DecidedBy.CORRECTION:
        return Text(f"  (corrected by {one_line(entry.by or '')})", style="cyan")
    return Text("  (not sure: is this what you mean?)", style="yellow") if entry.unsure else Text("")


def _problems(plan: PlanView) -> None:
    shown = {(rule.line, lack.message) for rule in plan.rules for lack in rule.lacks}
    for problem in plan.problems:
        if (problem.line, problem.message) in shown:
            continue
        where = f"line {problem.line}: " if problem.line is not None else ""
        remedy = f" {problem.remedy}" if problem.remedy else ""
        kind, style = ("warning", "yellow") if problem.is_warning else ("problem", "bold red")
        say_row(kind, f"{where}{problem.message}{remedy}", width=WIDTH, style=style)
