"""Make the rule of a line from what the model chose and wrote about it."""

from __future__ import annotations

from collections.abc import Sequence

from heartbeat.plan import Limit, Only, RuleBody, Unless, When, WhenKind
from heartbeat.plan.rule import WITHIN_LIMIT
from heartbeat.plan.words import About
from heartbeat.schedule import parse_minute
from heartbeat.schedule.window import END_OF_DAY
from heartbeat_decision.reading.form import DAYS, MORE_THAN, Day, Form, Often
from heartbeat_decision.reading.words import DOES, KINDS, Act, Occasion

_LIMITS: dict[Often, Limit] = {"once": Limit.ONCE, "day": Limit.DAY, "week": Limit.WEEK, "month": Limit.MONTH}
_DEFAULT_WITHIN = 7_200


def body(
    act: str, occasion: Occasion, about: tuple[About, ...], form: Form, *, task: str | None = None
) -> RuleBody:
    """Return the rule; ``act`` is a word of `Act` that asks for something, or a kind of a target's own.

    A prompt of a task is followed when its task is due, whatever times it names.
    """
    when = When(kind=WhenKind.TASK, task=task) if task is not None else _when(occasion, form)
    return RuleBody(
        when=when,
        about=about,
        only=Only() if task is not None else _only(form),
        do=DOES.get(act, act),
        how="" if act == Act.SILENT else form.how or "",
        limits=() if form.limit is None or task is not None else (_LIMITS[form.limit],),
        unless=Unless(questions=(form.unless,) if form.unless else (), days=_days(form.not_days)),
    )


def _when(occasion: Occasion, form: Form) -> When:
    kind, question = KINDS[occasion], (form.question or "").strip() or None
    match kind:
        case WhenKind.NEW:
            return When(kind=kind, count=_count(form.number))
        case WhenKind.ITEM:
            if question is None:
                return When(kind=WhenKind.NEW)
            return When(kind=kind, question=question, is_open=bool(form.open))
        case WhenKind.ADDRESSED:
            return When(kind=kind, question=question)
        case WhenKind.DUE:
            return When(kind=kind, question=question, within=_within(form))
        case _:
            return When(kind=WhenKind.ALWAYS)


def _count(number: str | None) -> int:
    """Return how many new things are needed at least; ``number`` is of the form `NUMBER`."""
    if number is None:
        return 1
    words, _, digits = number.rpartition(" ")
    return int(digits) + (words == MORE_THAN)


def _within(form: Form) -> int:
    given = (form.minutes, form.hours, form.days_before)
    if all(each is None for each in given):
        return _DEFAULT_WITHIN
    minutes, hours, days = (each or 0 for each in given)
    return min(minutes * 60 + hours * 3_600 + days * 86_400, WITHIN_LIMIT)


def _only(form: Form) -> Only:
    start, end = _window(form)
    at = tuple(_minute(each) % END_OF_DAY for each in form.at or ())
    every = None if at or form.every_hours is None else form.every_hours
    return Only(days=_days(form.days), start=start, end=end, at=at, every_hours=every)


def _window(form: Form) -> tuple[int | None, int | None]:
    """Return the window of the day; one that only begins or only ends reaches to midnight."""
    if form.start is None and form.end is None:
        return None, None
    start = _minute(form.start or "00:00") % END_OF_DAY
    end = _minute(form.end or "24:00") or END_OF_DAY
    return (None, None) if start == end or (start, end) == (0, END_OF_DAY) else (start, end)


def _minute(clock: str) -> int:
    return min(
        parse_minute(clock, end=clock.startswith("24")) if clock <= "24:00" else END_OF_DAY, END_OF_DAY
    )


def _days(days: Sequence[Day] | None) -> tuple[int, ...]:
    """Return the numbers of days; all seven are no condition."""
    numbers = tuple(sorted({DAYS.index(day) for day in days or ()}))
    return () if len(numbers) == len(DAYS) else numbers
