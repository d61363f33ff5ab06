"""Second node: read the sources; the gate `unchanged` ends the beat if there is no reason to ask the model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from langgraph.runtime import Runtime

from heartbeat.decision_mode import DecisionMode
from heartbeat.draft import Offer
from heartbeat.feed import SIZE_LIMIT, Feed, digest_of
from heartbeat.schedule import parse_zone
from heartbeat.secrecy import mark_private
from heartbeat.sources import ContextSource, ConversationSource, InboxSource, Look, collect
from heartbeat.store import inbox, labels
from heartbeat.store.outset import Outset
from heartbeat.store.tables import Beat
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Reason, Trigger
from heartbeat_decision import prompt
from heartbeat_decision.prompts import templates_of
from nodes.blocks import ending_if_blocked, find_blocks, with_blocks
from nodes.context import Context, context_of, outset_of, services_of, view_of
from nodes.criteria import with_facts
from nodes.judge import to_ask, with_kept
from nodes.looking import look_first
from nodes.offer import resolve_actions
from nodes.outflow import Guard, guard_of
from nodes.plan import PLAN_SIZE, BeatPlan, load_plan
from nodes.services import Services
from nodes.situation import acts_of, situation_of
from nodes.state import BeatState, Update, ending
from nodes.step import node
from nodes.verdicts import KeptVerdicts
from nodes.view import StateView


def _sources(
    services: Services, named: Sequence[str] | None, private: Collection[str]
) -> list[ContextSource]:
    """Return what a thread looks at: its conversation, what its config names, and connections of the inbox.

    A connection that is ``private`` has to be named, also where it became so only now.
    """
    fixed = [
        source
        for source in services.sources
        if isinstance(source, ConversationSource) or inbox.takes(named, source.name)
    ]
    visible = services.store.shared(inbox.visible, None if named is None else tuple(named))
    seen = [name for name in visible if name not in private or name in (named or ())]
    return [*fixed, *(InboxSource(services.store, name, name in private) for name in seen)]


def _plan(
    beat: StateView, row: Beat, services: Services, feed: Feed, offer: Offer, now: datetime
) -> tuple[BeatPlan, bool]:
    """Return the plan of the beat, and whether no rule of it is due or waits for a verdict."""
    plan = load_plan(services, beat.thread_id, beat.instructions.text, beat.config)
    kept = KeptVerdicts(services, beat.memory.judged_with)
    findings = with_kept(plan.plan, situation_of(beat, row, plan, feed, {}, now), kept.find)
    acts = acts_of(plan, offer, beat.memory)
    is_open = next(to_ask(findings, acts.can), None) is not None
    return plan, not (is_open or any(each.is_due and acts.can(each) for each in findings))


def _not_read(plan: BeatPlan) -> Update:
    """Return the end of a beat for which nothing is read yet; a beat that a person asks for reads first."""
    if plan.problem is not None:
        return ending(BeatStatus.SKIPPED, sentence(plan.problem), reason=Reason.MODEL_UNREACHABLE)
    summary = "HEARTBEAT.md is not read yet; the thread is woken when it is."
    return ending(BeatStatus.SKIPPED, summary, reason=Reason.NOT_READ)


@node
def gather_context(state: BeatState, runtime: Runtime[Context]) -> Update:
    """Build the feed and compare it with the one that the model was last asked about."""
    if state.get("feed") is not None:
        return {"found": "what the row says was seen"}
    services = services_of(runtime)
    services.probe("inside:gather_context")
    beat = view_of(state, runtime)
    if context_of(runtime).look:
        look_first(services, beat.config.sources)
        services.store.look_again()
    guard = guard_of(beat.config, services, context_of(runtime))
    if leaks := guard.closed_gate():
        return leaks

    found = outset_of(context_of(runtime), services, beat.claim)
    row = found.row
    assert row is not None  # noqa: S101 - it is of a claimed beat

    def on_private() -> None:
        mark_private()
        services.store.write(labels.mark_private, beat.claim)
        row.private = True

    return gather(beat, row, found, services, guard, services.clock(), on_private)


def gather(
    beat: StateView,
    row: Beat,
    found: Outset,
    services: Services,
    guard: Guard,
    now: datetime,
    on_private: Callable[[], None],
) -> Update:
    """Return what a beat sees and may do about it, or its end where there is no reason to ask the model.

    ``on_private`` is called before anything private is shown to anybody.
    """
    config, memory = beat.config, beat.memory
    follows_plan = services.settings.decides_by == DecisionMode.PLAN
    feed = _look(
        beat, found, services, guard, now, on_private, size=PLAN_SIZE if follows_plan else SIZE_LIMIT
    )
    feed = with_facts(feed, beat, services, beat.thread_id)
    choice = resolve_actions(beat, services, feed)
    blocks = find_blocks(beat, choice, services, now, any_waits=found.today.waiting > 0)
    feed = with_blocks(feed, choice, blocks, config.timezone)
    local_date = now.astimezone(parse_zone(config.timezone)).date().isoformat()
    prompt_version = prompt.version(templates_of(services.settings))
    plan, is_quiet = _plan(beat, row, services, feed, choice.of_rules, now) if follows_plan else (None, True)
    if plan is not None and plan.is_unread and beat.trigger != Trigger.MANUAL:
        return _not_read(plan)
    fingerprint = digest_of(
        beat.instructions.sha256,
        config.to_dict(),
        prompt_version,
        services.settings.agent_name,
        local_date,
        feed.facts,
        *([plan.digest] if plan else []),
    )
    new = sum(item.new for item in feed.walk())
    update: Update = {
        "feed": feed.model_dump(mode="json"),
        "fingerprint": fingerprint,
        "problems": [*beat.problems, *choice.problems, *feed.problems],
        "found": f"{new} new of {sum(1 for _ in feed.walk())} items",
    }
    unchanged = (
        beat.trigger != Trigger.MANUAL
        and is_quiet
        and not any(item.came_due for item in feed.walk())
        and memory.is_put_off(task.name for task in beat.instructions.due)
        and memory.is_unchanged(fingerprint, feed.digests())
        and memory.asked_within(config.recheck_after, now)
    )
    waits = ending_if_blocked(choice, blocks, config.timezone)
    if waits:
        return {**update, "fingerprint": None, **waits}
    if unchanged:
        summary = "Nothing has changed since the last beat that decided."
        return {**update, "fingerprint": None, **ending(BeatStatus.SKIPPED, summary, reason=Reason.UNCHANGED)}
    return update


def _look(
    beat: StateView,
    found: Outset,
    services: Services,
    guard: Guard,
    now: datetime,
    on_private: Callable[[], None],
    *,
    size: int,
) -> Feed:
    """Return what a beat sees, in at most ``size`` bytes."""
    config, memory, private = beat.config, beat.memory, guard.seen
    if private:
        on_private()
    look = Look(
        thread_id=beat.thread_id,
        agent_name=services.settings.agent_name,
        now=now,
        marks=memory.marks,
        pending=memory.pending,
        due_after=found.thread.due_through,
        timezone=config.timezone,
        only_public=guard.only_public,
    )
    sources = _sources(services, config.sources, guard.policy.private)
    feed = collect(sources, look, memory, size=size)
    private = sorted({*private, *feed.private})
    if private:
        on_private()
    return feed.model_copy(update={"looked_at": now, "private": tuple(private)})
