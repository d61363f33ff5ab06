"""Rules that name times of the day, as far as it takes to know when their thread is to be woken for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from heartbeat.plan.rule import Only, Plan, Rule
from heartbeat.plan.times import MAKE_UP, first_instant
from heartbeat.text import first_line

TEXT_LENGTH = 200
"""Maximum characters of a line that is quoted."""


class Next(NamedTuple):
    """The next instant of a rule, possibly one that has passed, and the last one that was missed, if one was."""

    at: datetime | None
    missed: datetime | None


class TimedRule(BaseModel):
    """A rule with instants; those up to ``after`` are over: followed, missed, or before the rule was read.

    ``make_up`` is how long after an instant the rule may still be followed for it.
    """

    model_config = ConfigDict(frozen=True)

    rule: str
    line: int
    text: str
    only: Only
    after: datetime
    make_up: timedelta = MAKE_UP

    @classmethod
    def of(cls, rule: Rule, make_up: timedelta = MAKE_UP) -> Self:
        """Return a rule of a plan, of which no instant is over since it was read."""
        text = first_line(rule.text, TEXT_LENGTH)
        return cls(
            rule=rule.id, line=rule.line, text=text, only=rule.only, after=rule.read_at, make_up=make_up
        )

    def since(self, instant: datetime) -> Self:
        """Return it with the instants up to this one over."""
        return self.model_copy(update={"after": max(self.after, instant)})

    def until(self, now: datetime) -> Self:
        """Return it with no instant over that is still to come, as a clock that was set back has it."""
        return self if self.after <= now else self.model_copy(update={"after": now})

    def over(self, now: datetime) -> Self:
        """Return it with all instants over that cannot be made up for any more."""
        return self.since(now - self.make_up)

    def next(self, now: datetime, zone: ZoneInfo, is_active: Callable[[datetime], bool]) -> Next:
        """Return its next instant that is not over nor was missed, in UTC, and whether it has missed one."""
        oldest = now - self.make_up
        missed = first_instant(self.only, self.after, zone, is_active)
        at = first_instant(self.only, max(self.after, oldest), zone, is_active)
        return Next(_utc(at), _utc(missed) if missed is not None and missed <= oldest else None)


def stored_rules(stored: Iterable[object]) -> list[TimedRule]:
    """Return the rules that are stored as JSON."""
    return [TimedRule.model_validate(each) for each in stored]


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


def timed_rules(plan: Plan, lacking: Collection[str], make_up: timedelta) -> list[TimedRule]:
    """Return the rules of a plan that have instants and lack nothing."""
    return [
        TimedRule.of(rule, make_up) for rule in plan.rules if rule.only.minutes and rule.id not in lacking
    ]


def carried_on(rules: Iterable[TimedRule], before: Iterable[TimedRule], now: datetime) -> list[TimedRule]:
    """Return the rules of a plan with what is over of those that were known ``before``.

    Of a rule that was not known, no instant counts as missed that has passed already.
    """
    known = {each.rule: each.after for each in before}
    return [each.since(known.get(each.rule, now - each.make_up)) for each in rules]


def wake_is_over(due_at: datetime | None, rules: Iterable[TimedRule], now: datetime) -> bool:
    """Return whether an instant is too long ago to be made up for by any of the rules of its thread."""
    longest = max((each.make_up for each in rules), default=MAKE_UP)
    return due_at is not None and due_at <= now - longest
