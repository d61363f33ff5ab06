"""Threads after their plan has changed: when they are to be woken, a page of them at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from heartbeat.config import Config
from heartbeat.decision_mode import DecisionMode
from heartbeat.errors import InvalidValueError, UnreadableError
from heartbeat.instructions import read_document, sha256_of
from heartbeat.plan.instants import TimedRule, timed_rules
from heartbeat.store import corrections, orders, rows, threads, wakes
from heartbeat.store.readable import readable
from heartbeat.store.tables import Beat, Thread
from heartbeat.vocabulary import Reason
from nodes.plan import load_plan
from nodes.services import Services

PAGE = 50
"""Threads that are looked at in one step."""
_ALL = ""


class _Plan(NamedTuple):
    """What wakes the threads that follow a plan: its instants, and whether there is something to follow."""

    rules: list[TimedRule]
    is_read: bool


class _Found(NamedTuple):
    """A thread of a page: its own text, its config as a key and as it is, and whether its last beat waited.

    ``config`` is None where it is refused.
    """

    thread_id: str
    text: str | None
    overrides: str
    config: Config | None
    has_waited: bool
    has_orders: bool


@dataclass
class PlanFollowers:
    """Wakes the threads of a workspace by their plans, after `start`: at instants, and where a beat waited for it.

    Threads of one text and config share one plan, unless they have corrections of their own or orders of the owner.
    """

    services: Services
    _after: str | None = None
    _plans: dict[tuple[str, str], _Plan] = field(default_factory=dict)

    def start(self) -> None:
        """Begin with the first thread: a line was read, corrected, or has gone."""
        self._after = _ALL
        self._plans.clear()

    @property
    def is_done(self) -> bool:
        """Whether all threads were looked at."""
        return self._after is None

    def step(self) -> None:
        """Look at the next threads."""
        if self._after is None or self.services.settings.decides_by != DecisionMode.PLAN:
            self._after = None
            return
        store = self.services.store
        page = store.read(_page, self._after, self.services.clock())
        own = set(store.read(corrections.threads_with))
        shared = self._shared_text()
        wanted = [(each, self._plan(each, shared, each.has_orders or each.thread_id in own)) for each in page]
        changed = [(each, plan) for each, plan in wanted if plan is not None]
        if changed:
            store.write(_follow, changed, self.services.clock())
        self._after = page[-1].thread_id if len(page) == PAGE else None

    def _shared_text(self) -> str | None:
        settings = self.services.settings
        try:
            document = read_document(settings.instructions, settings.home)
        except UnreadableError:
            return None
        return None if document is None else document.content

    def _plan(self, found: _Found, shared: str | None, is_own: bool) -> _Plan | None:
        """Return the plan of a thread; None where its text or config cannot be read, which is said elsewhere."""
        text = shared if found.text is None else found.text
        if text is None or found.config is None:
            return None
        key = (sha256_of(text), found.overrides)
        if not is_own and key in self._plans:
            return self._plans[key]
        plan = load_plan(self.services, found.thread_id, text, found.config)
        made = _Plan(timed_rules(plan.plan, plan.lacking, plan.make_up), not plan.is_unread)
        if not is_own:
            self._plans[key] = made
        return made


def _page(session: Session, after: str, now: datetime) -> list[_Found]:
    query = select(Thread).where(col(Thread.id) > after).order_by(col(Thread.id)).limit(PAGE)
    return [
        _Found(
            thread.id,
            thread.instructions,
            json.dumps(thread.overrides, sort_keys=True),
            _config(session, thread),
            _has_waited(session, thread.id),
            bool(orders.of_thread(session, thread.id, now)),
        )
        for thread in readable(session, Thread, query)
    ]


def _config(session: Session, thread: Thread) -> Config | None:
    """Return the config of a thread; None where it is refused, which the timer says."""
    try:
        return threads.config(session, thread)
    except InvalidValueError:
        return None


def _has_waited(session: Session, thread_id: str) -> bool:
    """Return whether the last beat of a thread had nothing to follow, since nothing was read yet."""
    query = select(Beat.reason).where(Beat.thread_id == thread_id).order_by(col(Beat.id).desc()).limit(1)
    return session.exec(query).first() == Reason.NOT_READ


def _follow(session: Session, found: Sequence[tuple[_Found, _Plan]], now: datetime) -> None:
    for each, plan in found:
        thread = rows.find(session, Thread, each.thread_id)
        if thread is None or each.config is None:
            continue  # it was removed meanwhile
        wakes.follow_plan(session, thread, each.config, plan.rules, now)
        if each.has_waited and plan.is_read:
            wakes.when_read(session, thread, each.config, now)
