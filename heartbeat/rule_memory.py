"""What a thread remembers of the rules of its plan after a beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from heartbeat.followed import Followed
from heartbeat.history import ACTS_LIMIT, FAILURES, HISTORIES_LIMIT, Act, History

Histories = Mapping[str, History]


def known(histories: Histories, marks: Mapping[str, int], followed: Followed) -> dict[str, History]:
    """Return what is known of each rule of the plan.

    A line that stands under another heading now goes on with what was known of it; a new rule, and one that does
    something else now, begins with the marks of the thread.
    """
    gone = {
        _moved(history.line, rule_id): history
        for rule_id, history in histories.items()
        if rule_id not in followed.lines
    }
    found = {}
    for rule_id, line in followed.lines.items():
        history = histories.get(rule_id)
        if history is None or history.line not in {"", line}:
            history = gone.pop(_moved(line, rule_id), None)
        found[rule_id] = replace(history or History(upto=dict(marks)), line=line)
    return found


def _moved(line: str, rule_id: str) -> tuple[str, str]:
    """Return what a rule is known by besides its id: its line, and its number among the rules of the line."""
    return line, rule_id.rpartition("-")[2]


def after(
    histories: Histories, marks: Mapping[str, int], followed: Followed, now: datetime
) -> dict[str, History]:
    """Return what is known of the rules after a beat whose act, if there was one, counts as done.

    Rules whose lines are gone are kept, the latest first, so that a line that comes back goes on.
    """
    rules = known(histories, marks, followed)
    for rule_id, history in rules.items():
        since = (history.due_since or now) if rule_id in followed.due else None
        looked_at = now if rule_id in followed.looked else history.looked_at
        rules[rule_id] = replace(history, due_since=since, looked_at=looked_at)
    if followed.rule in rules:
        history = rules[followed.rule]
        acts = (*history.acts, Act(now, dict(followed.items)))[-ACTS_LIMIT:]
        upto = {**history.upto, **followed.upto}
        rules[followed.rule] = replace(history, upto=upto, acts=acts, failed_at=(), due_since=None)
    return _bounded(rules, histories)


def after_failure(
    histories: Histories, marks: Mapping[str, int], followed: Followed, now: datetime
) -> dict[str, History]:
    """Return what is known of the rules after a beat whose act failed."""
    rules = known(histories, marks, followed)
    if followed.rule in rules:
        history = rules[followed.rule]
        rules[followed.rule] = replace(history, failed_at=(*history.failed_at, now)[-FAILURES:])
    return _bounded(rules, histories)


def without_acts(histories: Histories, keys: frozenset[str], since: datetime) -> dict[str, History]:
    """Return what is known without acts since an instant that were about one of these items: they were not done."""
    return {
        rule_id: replace(
            history,
            acts=tuple(act for act in history.acts if act.at < since or keys.isdisjoint(act.items)),
        )
        for rule_id, history in histories.items()
    }


def _bounded(rules: Histories, before: Histories) -> dict[str, History]:
    # A moved line is known under its new id alone.
    lines = {_moved(history.line, rule_id) for rule_id, history in rules.items()}
    others = {
        rule_id: history
        for rule_id, history in before.items()
        if rule_id not in rules and _moved(history.line, rule_id) not in lines
    }
    return dict(list({**rules, **others}.items())[:HISTORIES_LIMIT])
