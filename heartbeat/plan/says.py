"""Say a rule as one plain sentence, so that its owner sees what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from heartbeat.plan.rule import Only, Rule
from heartbeat.plan.words import About, Counts, Do, Limit, WhenKind
from heartbeat.schedule import parse_zone
from heartbeat.schedule.window import format_minute
from heartbeat.text import sentence, span

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_THINGS: Mapping[About, str] = {
    About.FORUM: "posts and comments",
    About.CONVERSATION: "messages",
    About.MAIL: "mails",
    About.CALENDAR: "appointments",
    About.FILES: "files and open boxes",
    About.FEEDS: "entries of feeds",
    About.PAGES: "changes of pages",
    About.CHECKS: "alerts",
    About.GITHUB: "things on GitHub",
    About.OTHER: "other things",
}
_ACTS: Mapping[str, str] = {
    Do.POST: "post",
    Do.COMMENT: "comment",
    Do.VOTE_UP: "vote up",
    Do.VOTE_DOWN: "vote down",
    Do.TELL: "tell you",
    Do.NOTE: "write a note",
    Do.SILENT: "stay silent",
    Do.OTHER: "do something that nothing here can do",
}


def says(rule: Rule, timezone: str) -> str:
    """Return a rule as one sentence; times are in the zone of this name, which is said where there are any."""
    where = f" on {rule.where}" if rule.where else ""
    how = f": {rule.how}" if rule.how else ""
    act = f"{_ACTS.get(rule.do, rule.do)}{where}{how}"
    clauses = [
        *_occasion(rule),
        act,
        *_times(rule.only, timezone),
        *rule.limits,
        *_exceptions(rule),
        *_end(rule, timezone),
    ]
    said = ", ".join(clauses)
    return sentence(f"{said[0].upper()}{said[1:]}")


_COUNTED: Mapping[Counts, str] = {
    Counts.POSTS: "posts",
    Counts.COMMENTS: "comments",
    Counts.BOTH: _THINGS[About.FORUM],
}

_UNCOUNTED: Mapping[Counts, str] = {
    Counts.POSTS: " other than comments",
    Counts.COMMENTS: " other than posts",
    Counts.BOTH: "",
}


def _things(rule: Rule) -> str:
    words = [_word(about, rule) for about in rule.about]
    named = _listed(words, "and") or "items"
    if rule.places:
        return f"{named} of {_listed(rule.places, 'and')}"
    # Whatever the thread sees counts, and of the forum what is counted there.
    return named if words or rule.when.kind != WhenKind.NEW else f"{named}{_UNCOUNTED[rule.when.counts]}"


def _word(about: About, rule: Rule) -> str:
    is_counted = about == About.FORUM and rule.when.kind == WhenKind.NEW
    return _COUNTED[rule.when.counts] if is_counted else _THINGS[about]


def _occasion(rule: Rule) -> Iterator[str]:
    when, things = rule.when, _things(rule)
    if rule.free:
        yield f"as the model decides about {things}"
        return
    match when.kind:
        case WhenKind.NEW:
            number = f"{when.count} or more {things}" if when.count > 1 else f"any {things}"
            yield f"when {number} are new"
        case WhenKind.ITEM:
            fresh = "" if when.is_open else "new "
            yield f"for each of the {fresh}{things} where the answer to “{when.question}” is yes"
        case WhenKind.ADDRESSED:
            also = f" and the answer to “{when.question}” is yes" if when.question else ""
            yield f"when somebody speaks to the agent{also}"
        case WhenKind.DUE:
            also = f" and the answer to “{when.question}” is yes" if when.question else ""
            yield f"when one of the {things} is due within {span(when.within)}{also}"
        case WhenKind.TASK:
            yield f"when the task {when.task} is due"
        case WhenKind.ALWAYS:
            if rule.is_silence:
                if not rule.is_order and not rule.only.limits_time:
                    yield "else"
            elif not (rule.limits or rule.only.minutes):
                # An order is over once it was done.
                yield Limit.ONCE.value if rule.is_order else Limit.DAY.value


def _times(only: Only, timezone: str) -> Iterator[str]:
    parts = []
    if only.days:
        parts.append(f"on {_listed([f'{DAYS[day]}s' for day in only.days], 'and')}")
    if only.start is not None and only.end is not None:
        parts.append(f"from {format_minute(only.start)} to {format_minute(only.end)}")
    if only.at:
        parts.append(f"at {_listed([format_minute(minute) for minute in only.at], 'and')}")
    if only.every_hours is not None:
        parts.append(
            "every hour" if only.every_hours == 1 else f"every {only.every_hours} hours from midnight"
        )
    if parts:
        has_times = only.start is not None or only.minutes
        yield " ".join(parts) + (f" ({timezone})" if has_times else "")


def _exceptions(rule: Rule) -> Iterator[str]:
    if rule.unless.days:
        yield f"but not on {_listed([f'{DAYS[day]}s' for day in rule.unless.days], 'or')}"
    for question in rule.unless.questions:
        yield f"but not where the answer to “{question}” is yes"


def _end(rule: Rule, timezone: str) -> Iterator[str]:
    until = rule.until
    if until is not None and until.next_message:
        yield "until you write again"
    if until is not None and until.instant is not None:
        yield f"until {until.instant.astimezone(parse_zone(timezone)):%A, %Y-%m-%d %H:%M} ({timezone})"
    if until is None and rule.is_order and rule.is_silence and not rule.only.limits_time:
        yield "until you lift it"


def _listed(words: Sequence[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
