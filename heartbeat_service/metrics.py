"""Prometheus metrics of a process: counters of its beats, and gauges of its timer and databases."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, Info, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from sqlmodel import Session

import heartbeat
from heartbeat.config import ACTION_KINDS
from heartbeat.store import admission, due, outbox, timer, waiting
from heartbeat.store.failure import DATABASE_ERRORS, FailureKind
from heartbeat.store.outbox.backlog import Backlog, backlog
from heartbeat.store.tables import TargetHealth
from heartbeat.store.views import BeatDetail
from heartbeat.vocabulary import OPEN_DELIVERIES, AnswerOrigin, BeatStatus, Reason, Trigger
from heartbeat_service.deliverer import Deliverer, Tried
from heartbeat_service.health import Health
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.timer import Timer
from nodes.services import Services

OUTCOMES: Mapping[BeatStatus, tuple[str, ...]] = {
    BeatStatus.ACTED: ("",),
    BeatStatus.NONE: ("", Reason.DUPLICATE, Reason.AWAITING_APPROVAL),
    BeatStatus.SKIPPED: (
        *admission.REFUSAL_MESSAGES,
        Reason.NO_INSTRUCTIONS,
        Reason.UNREADABLE_INSTRUCTIONS,
        Reason.EMPTY_INSTRUCTIONS,
        Reason.NO_TASKS_DUE,
        Reason.BUDGET_EXHAUSTED,
        Reason.OUTFLOW,
        Reason.TARGET_COOLDOWN,
        Reason.TARGET_DOWN,
        Reason.NOT_READ,
        Reason.UNCHANGED,
        Reason.MODEL_UNREACHABLE,
    ),
    BeatStatus.DRY_RUN: ("",),
    BeatStatus.REJECTED: (Reason.REJECTED, Reason.CRITERION),
    BeatStatus.FAILED: (
        Reason.INVALID_DECISION,
        Reason.INVALID_PROMPT,
        Reason.MODEL_ERROR,
        Reason.MODEL_TIMEOUT,
        Reason.DEADLINE,
        Reason.DISPATCH,
        Reason.DATABASE,
        Reason.PLUGIN,
        Reason.INTERNAL,
    ),
}
"""Outcomes and reasons of beats that a process runs; each counter begins at 0, so that ``rate()`` sees the first.

Rows without a run (missed, abandoned, expired) are counted by `heartbeat.store.stats`.
"""
OTHER = "other"
_LATENESS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600)
_DURATION = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)


class Metrics:
    """The metrics of one process, in a registry of their own. Times are in seconds.

    Counters cover the beats of this process; gauges are read at each scrape.
    """

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self.beats = Counter(
            "heartbeat_beats", "Beats that ended.", ("outcome", "reason", "trigger"), registry=own
        )
        self.approvals = Counter(
            "heartbeat_approvals_requested", "Beats that began to wait for a person.", registry=own
        )
        self.lateness = Histogram(
            "heartbeat_beat_lateness_seconds",
            "From the slot of a scheduled beat to its start; later tries of a slot are not counted.",
            buckets=_LATENESS,
            registry=own,
        )
        self.duration = Histogram(
            "heartbeat_beat_duration_seconds",
            "From start to end of beats that ran; without those that waited for a person.",
            ("outcome",),
            buckets=_DURATION,
            registry=own,
        )
        self.replies = Histogram(
            "heartbeat_model_reply_seconds",
            "From a question to the complete reply of the model.",
            buckets=_DURATION,
            registry=own,
        )
        self.tokens = Counter(
            "heartbeat_model_tokens", "Tokens of the model's replies.", ("kind",), registry=own
        )
        self.actions = Counter(
            "heartbeat_actions", "Actions of beats that ended.", ("kind", "status"), registry=own
        )
        self.deliveries = Counter(
            "heartbeat_deliveries", "Deliveries that ended.", ("target", "status", "reason"), registry=own
        )
        self.tries = Counter(
            "heartbeat_delivery_tries", "Tries of deliveries that ended.", ("target", "end"), registry=own
        )
        self.try_duration = Histogram(
            "heartbeat_delivery_try_seconds",
            "From the start to the end of a try.",
            ("target",),
            buckets=_DURATION,
            registry=own,
        )
        Info("heartbeat_build", "What runs here.", registry=own).info(
            {"version": heartbeat.__version__, "python": platform.python_version()}
        )
        ProcessCollector(registry=own)
        GCCollector(registry=own)
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        for trigger in Trigger:
            for outcome, reasons in OUTCOMES.items():
                for reason in reasons:
                    self.beats.labels(outcome, reason, trigger)
        for kind in ("prompt", "completion"):
            self.tokens.labels(kind)

    def watch(self, gauges: Collector) -> None:
        """Add a collector that is read at each scrape."""
        self._registry.register(gauges)

    def finished(self, beat: BeatDetail) -> None:
        """Count a beat that has ended, or that begins to await approval."""
        answered = _answered_at(beat)
        for entry in beat.rounds:
            if answered is None or _is_after(entry, answered):
                self._count_reply(entry)
        # A beat that awaited approval was timed when it began to wait; the wait itself is not counted.
        if answered is None:
            self._time(beat)
        if beat.status == BeatStatus.AWAITING_APPROVAL:
            self.approvals.inc()
            return
        outcome, reason = _bounded(beat.status, beat.reason)
        self.beats.labels(outcome, reason, beat.trigger).inc()
        for action in beat.actions:
            self.actions.labels(_among(ACTION_KINDS, action.kind), action.status).inc()

    def tried(self, tried: Tried) -> None:
        """Count a try of a delivery, and the delivery if it has ended with it."""
        row = tried.delivery
        if tried.end is not None:
            self.tries.labels(row.target, tried.end).inc()
        if tried.seconds is not None:
            self.try_duration.labels(row.target).observe(tried.seconds)
        if row.status not in OPEN_DELIVERIES:
            self.deliveries.labels(row.target, row.status, row.reason or "").inc()

    def expose(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the format that an Accept header asks for, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(_Exposed(self._registry)), media_type

    def _count_reply(self, entry: Mapping[str, Any]) -> None:
        if entry.get("seconds") is None:
            return  # decided by the rules
        self.replies.observe(entry["seconds"])
        self.tokens.labels("prompt").inc(entry.get("prompt_tokens") or 0)
        self.tokens.labels("completion").inc(entry.get("completion_tokens") or 0)

    def _time(self, beat: BeatDetail) -> None:
        if beat.slot is not None and not beat.attempts:
            self.lateness.observe(max(0.0, (beat.started_at - beat.slot).total_seconds()))
        ran = beat.status != BeatStatus.SKIPPED or beat.reason not in admission.REFUSAL_MESSAGES
        if ran and beat.duration_seconds is not None:
            self.duration.labels(_bounded(beat.status, None)[0]).observe(max(0.0, beat.duration_seconds))


class _Exposed(Collector):
    """A registry without the ``_created`` series, which would double the number of series."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [each for each in metric.samples if not each.name.endswith("_created")]
            yield metric


class ProcessGauges(Collector):
    """Gauges of a process and its database. If the database does not answer, its gauges are left out.

    ``enabled`` says whether the timer of this process starts beats.
    """

    def __init__(
        self, services: Services, runner: LocalRunner, timer: Timer, health: Health, *, enabled: bool
    ) -> None:
        self._services, self._runner, self._timer, self._enabled = services, runner, timer, enabled
        self._health = health

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering does not read the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read the gauges."""
        now, ticked_at = self._services.clock(), self._timer.ticked_at
        yield _gauge(
            "heartbeat_beats_in_flight", "Beats that this process runs.", len(self._runner.in_flight)
        )
        yield _gauge(
            "heartbeat_timer_enabled", "Whether the timer of this process starts beats.", self._enabled
        )
        if ticked_at is not None:
            age = max(0.0, (now - ticked_at).total_seconds())
            yield _gauge(
                "heartbeat_timer_tick_age_seconds", "Since the timer of this process last looked.", age
            )
        yield self._failing()
        try:
            state, backlog, approvals = self._services.store.read(_read, now)
        except DATABASE_ERRORS:
            yield _gauge("heartbeat_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("heartbeat_database_up", "Whether the database answers.", 1)
        yield _gauge("heartbeat_timer_running", "The stored switch that every process obeys.", state.running)
        yield _gauge("heartbeat_due_threads", "Threads that are due and not begun.", backlog.number)
        lag = _age(backlog.oldest, now)
        yield _gauge("heartbeat_due_lag_seconds", "How long the oldest slot that is due waits.", lag)
        yield _gauge("heartbeat_approvals_waiting", "Actions that wait for a person.", approvals.number)
        age = _age(approvals.oldest, now)
        yield _gauge("heartbeat_approval_oldest_seconds", "How long the oldest of them waits.", age)

    def _failing(self) -> Metric:
        self._health.look()
        family = GaugeMetricFamily(
            "heartbeat_database_failing",
            "Whether a database cannot be used, and why; each file has a row of every kind.",
            labels=("file", "kind"),
        )
        for name in self._health.places:
            found = self._health.failures.get(name)
            for kind in FailureKind:
                family.add_metric((name, kind.value), float(found is not None and found.kind is kind))
        return family


class OutboxGauges(Collector):
    """Gauges of the outbox, and of the loop that empties it. If the database does not answer, they are left out."""

    def __init__(self, services: Services, deliverer: Deliverer) -> None:
        self._services, self._deliverer = services, deliverer

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering does not read the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read the gauges."""
        now, ticked_at = self._services.clock(), self._deliverer.ticked_at
        in_flight = len(self._deliverer.in_flight)
        yield _gauge("heartbeat_deliveries_in_flight", "Deliveries that this process tries.", in_flight)
        if ticked_at is not None:
            age = max(0.0, (now - ticked_at).total_seconds())
            yield _gauge(
                "heartbeat_deliverer_tick_age_seconds",
                "Since the deliverer of this process last looked.",
                age,
            )
        try:
            waits, health = self._services.store.read(_read_outbox)
        except DATABASE_ERRORS:
            return
        queue = GaugeMetricFamily(
            "heartbeat_deliveries_waiting", "Deliveries that have not ended.", labels=("status",)
        )
        for status, number in waits.waiting.items():
            queue.add_metric((status.value,), float(number))
        yield queue
        lag = _age(waits.oldest, now)
        yield _gauge(
            "heartbeat_delivery_oldest_seconds", "How long the oldest delivery waits that is not held.", lag
        )
        targets = GaugeMetricFamily("heartbeat_target_down", "Whether a target is down.", labels=("target",))
        for target, row in health.items():
            targets.add_metric((target,), float(row.down_since is not None))
        yield targets


def _read_outbox(session: Session) -> tuple[Backlog, dict[str, TargetHealth]]:
    return backlog(session), outbox.health(session)


def _read(session: Session, now: datetime) -> tuple[timer.TimerState, due.Backlog, waiting.Backlog]:
    return timer.state(session), due.backlog(session, now), waiting.backlog(session)


def _age(oldest: datetime | None, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _among(known: Iterable[str], value: str) -> str:
    return value if value in known else OTHER


def _bounded(status: BeatStatus, reason: Reason | None) -> tuple[str, str]:
    if status not in OUTCOMES:
        return OTHER, OTHER
    return status, _among(OUTCOMES[status], reason or "")


def _answered_at(beat: BeatDetail) -> datetime | None:
    given = beat.approval
    # By a standing approval it did not wait.
    return None if given is None or given.by == AnswerOrigin.STANDING else given.at


def _is_after(entry: Mapping[str, Any], instant: datetime) -> bool:
    at = entry.get("at")
    return at is not None and datetime.fromisoformat(at) > instant
