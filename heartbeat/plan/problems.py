"""Problems of a plan: what of a text cannot be read or followed, each with its line and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from heartbeat.instructions import Instructions
from heartbeat.instructions.line import LENGTH_LIMIT
from heartbeat.plan.assemble import Assembled, Decided
from heartbeat.plan.lines import LINES_LIMIT
from heartbeat.plan.names import find_names
from heartbeat.plan.needs import Known, lacks
from heartbeat.plan.rule import Rule
from heartbeat.plan.times import holds, instants_on
from heartbeat.plan.words import Do
from heartbeat.schedule.window import format_minute

_REWRITE = "Write it in other words, or say what it asks for: heartbeat plan correct {number}"
_NO_RULE = "The model was asked what this line asks for, and none of its answers made a rule."
_NO_REPLY = (
    "The model was asked what this line asks for, together with other lines and alone, and gave no reply."
)
_STEP = timedelta(minutes=15)
_OF_A_WEEK = timedelta(days=7) // _STEP


@dataclass(frozen=True)
class Times:
    """The thread's zone, the present instant, and whether an instant lies within its active hours."""

    zone: ZoneInfo
    now: datetime
    is_active: Callable[[datetime], bool]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a line, as a sentence, and what to do about it.

    ``line`` is its number, None for what is about no line; ``is_warning``: the text can be followed all the same.
    """

    line: int | None
    message: str
    remedy: str | None = None
    is_warning: bool = False


def problems(assembled: Assembled, found: Instructions, times: Times) -> list[Problem]:
    """Return the problems of a text in the order of its lines: ``found`` is what parsing it finds."""
    every = [
        *_of_text(found),
        *_unreadable(assembled),
        *(problem for decided in assembled.decided for problem in _of_line(decided, assembled.known, times)),
    ]
    unique = dict.fromkeys(every)
    return sorted(unique, key=lambda problem: (problem.line or 0, problem.is_warning))


def _of_text(found: Instructions) -> Iterator[Problem]:
    yield from (Problem(remark.line, remark.message) for remark in found.problems)
    yield from (Problem(remark.line, remark.message, is_warning=True) for remark in found.warnings)


def _unreadable(assembled: Assembled) -> Iterator[Problem]:
    for line in assembled.divided.too_long:
        yield Problem(
            line.number,
            f"This line is longer than {LENGTH_LIMIT:,} characters and is not read.",
            "Divide it into several lines.",
        )
    if beyond := assembled.divided.beyond:
        yield Problem(
            beyond[0].number,
            f"{LINES_LIMIT} lines are read; {len(beyond)} from this one on are not.",
            "Shorten the text, or give a part of it to another thread.",
        )
    for line in assembled.failed:
        yield Problem(
            line.number,
            _NO_REPLY if line.id in assembled.unanswered else _NO_RULE,
            _REWRITE.format(number=line.number),
        )


def _of_line(decided: Decided, known: Known, times: Times) -> Iterator[Problem]:
    number = decided.line.number
    for rule in decided.rules:
        yield from (Problem(number, lack.message, lack.remedy) for lack in lacks(rule, known))
        yield from _at_no_time(rule, times)
        if rule.do in {Do.TELL, Do.OTHER}:
            for service in find_names(rule.text, known.unreached, as_written=True):
                yield Problem(
                    number,
                    f"Nothing here reaches {service}.",
                    "Add it: heartbeat connections add apprise NAME; until then you are told in the panel.",
                    is_warning=rule.do == Do.TELL,
                )


def _at_no_time(rule: Rule, times: Times) -> Iterator[Problem]:
    """Yield a problem for each instant that lies outside the active hours, or for a rule that never holds."""
    if rule.only.minutes:
        yield from _outside(rule, times)
        return
    if not (rule.only.limits_time or rule.unless.days) or rule.is_silence:
        return
    start = times.now.astimezone(times.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    instants = (start + each * _STEP for each in range(_OF_A_WEEK))
    if not any(_may_be_due(rule, instant, times) for instant in instants):
        yield Problem(
            rule.line,
            "The rule holds at no time at which the thread is active.",
            "Change the active hours of the thread, or the times in the line.",
        )


def _may_be_due(rule: Rule, instant: datetime, times: Times) -> bool:
    is_excepted = instant.astimezone(times.zone).weekday() in rule.unless.days
    return not is_excepted and holds(rule.only, instant, times.zone) and times.is_active(instant)


def _outside(rule: Rule, times: Times) -> Iterator[Problem]:
    today = times.now.astimezone(times.zone).date()
    active: set[str] = set()
    every: set[str] = set()
    for day in (today + timedelta(days=number) for number in range(7)):
        for minute, instant in zip(rule.only.minutes, instants_on(rule.only, day, times.zone), strict=False):
            every.add(format_minute(minute))
            if times.is_active(instant):
                active.add(format_minute(minute))
    # Hours between instants go round the clock, so some of them lie outside wherever there are active hours.
    missed = sorted(every - active) if rule.only.at or not active else []
    for time in missed:
        yield Problem(
            rule.line,
            f"{time} lies outside the active hours of the thread, so nothing happens then.",
            "Change the active hours of the thread, or the time in the line.",
        )
