"""What a beat of a thread would do now, as the API, the command line and the panel say it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel import Session

from heartbeat.feed import Item
from heartbeat.plan.finding_view import RuleFinding, RuleOfBeat
from heartbeat.plan.why import why_silent
from heartbeat.store import admission, threads, unsettled
from heartbeat.text import count, first_line, sentence
from heartbeat.vocabulary import FeedKind, Reason, ThreadStateName, ThreadStatus, Trigger
from heartbeat_service.thread_view import ThreadView, one_view
from nodes.choice import Choice
from nodes.dry_run import DryRun, dry_run
from nodes.services import Services

_NOUNS = {FeedKind.ENTRY: ("entry", "entries"), FeedKind.EVENT: ("appointment", "appointments")}
_QUOTED = 200
_NOTHING = "A beat would do nothing now."


class Obstacle(BaseModel):
    """Something that keeps a beat from coming by itself now."""

    sentence: str
    until: AwareDatetime | None = Field(None, description="When it ends by itself, if that is known.")
    remedy: str | None = Field(None, description="The command that ends it, if there is one.")


class NowView(BaseModel):
    """What a scheduled beat of a thread would do now; nothing was changed, and no model was asked."""

    thread: str
    at: AwareDatetime
    says: str = Field(description="What it would do, in a few sentences.")
    obstacles: list[Obstacle] = Field(
        description="Why none comes by itself now; one by hand passes all but a beat that still runs or waits, and "
        "5 beats in a minute."
    )
    ends: Reason | None = Field(None, description="Why it would end before it follows a rule.")
    judged: int = Field(
        0, description="Items that the model would judge first; what is followed depends on that."
    )
    unread_lines: int = Field(0, description="Lines that are not read yet, so that they have no rules.")
    unread_messages: int = Field(0, description="Messages of the owner that it would read first.")
    rules: tuple[RuleOfBeat, ...] = Field(
        (),
        description="What is found of each rule, in the order in which they are followed; one is chosen only where "
        "nothing has to be read or judged first. Empty where the plan would not be looked at.",
    )


async def plan_now(services: Services, thread_id: str) -> NowView:
    """Return what a scheduled beat of a thread would do now; no model is asked, and nothing is changed.

    Raises:
        NotFoundError: no such thread.
        InvalidValueError: its config is refused.
    """
    now = services.clock()
    view = await asyncio.to_thread(services.store.read, one_view, thread_id, now)
    obstacles = await asyncio.to_thread(services.store.read, _obstacles, view, now)
    if view.status == ThreadStatus.REFUSED:
        return NowView(
            thread=thread_id, at=now, says=f"{_NOTHING} {obstacles[0].sentence}", obstacles=obstacles
        )
    found = await dry_run(services, thread_id)
    return NowView(
        thread=thread_id,
        at=now,
        says=" ".join(_says(found)),
        obstacles=obstacles,
        ends=Reason(found.ends["reason"]) if found.ends and found.ends["reason"] else None,
        judged=len(_judged(found)),
        unread_lines=len(found.plan.unread) if found.plan else 0,
        unread_messages=len(found.plan.said.unread) if found.plan else 0,
        rules=_rules(found),
    )


def _obstacles(session: Session, view: ThreadView, now: datetime) -> list[Obstacle]:
    """Return why no beat of a thread comes by itself now; a spent budget is none, it ends a beat that has come."""
    obstacles = [
        Obstacle(sentence=each.sentence, until=each.until, remedy=each.remedy)
        for each in view.obstacles
        if each.name != ThreadStateName.BUDGET_EXHAUSTED
    ]
    if view.status == ThreadStatus.REFUSED:
        return obstacles
    row = threads.get(session, view.thread_id)
    others = [each for each in unsettled.of_thread(session, row.id) if not each.is_over(now)]
    gates = admission.closed_gates(row, threads.config(session, row), Trigger.SCHEDULED, now, others)
    ends = {Reason.BUSY: None, Reason.COOLDOWN: admission.cooldown_end(row, now)}
    more = [gate for gate in gates if gate in ends]
    return [
        *obstacles,
        *(Obstacle(sentence=admission.REFUSAL_MESSAGES[gate], until=ends[gate]) for gate in more),
    ]


def _rules(found: DryRun) -> tuple[RuleOfBeat, ...]:
    if found.outcome is None:
        return ()
    choice = _choice(found) if found.is_certain else None
    chosen = choice.rule.id if choice else None
    views = (RuleFinding.of(each).model_dump() for each in found.outcome.findings)
    return tuple(RuleOfBeat.among(views, chosen, "would be followed"))


def _choice(found: DryRun) -> Choice | None:
    return None if found.outcome is None or found.ends else found.outcome.choice


def _says(found: DryRun) -> Iterator[str]:
    """Yield the sentences that say what a beat would do."""
    if found.ends:
        yield f"{_NOTHING} {sentence(found.ends['summary'])}"
        return
    if found.plan is None or found.outcome is None:
        yield "Beats do not follow the plan, so what one would do cannot be said without the model."
        return
    yield from _first(found)
    choice = _choice(found)
    if choice is not None:
        yield from _followed(found, choice)
    elif found.is_certain:
        yield f"{_NOTHING} {why_silent(found.outcome.findings)}"
    else:
        yield "Whether anything is done depends on that."


def _first(found: DryRun) -> Iterator[str]:
    """Yield what would be done before a rule is followed, and what stands in the way."""
    if found.plan is None:
        return
    said = found.plan.said
    if said.unread:
        yield f"{count(len(said.unread), 'message')} of yours would be read first."
    if said.stops is not None:
        yield f"Message {said.stops.number} could not be read, so nothing is done but telling you."
    yield from found.plan.warnings
    if found.asks:
        items, left = _judged(found), len(found.asks) - found.limit
        more = f" (and {count(left, 'question')} later)" if left > 0 else ""
        yield f"{_counted(items)} would be judged first{more}."


def _followed(found: DryRun, choice: Choice) -> Iterator[str]:
    rule = choice.rule
    named = "an order of yours" if rule.is_order else f"line {rule.line}"
    about = f", about {_counted(choice.items)}" if choice.items else ""
    said = f"{named} would be followed{about}: “{first_line(rule.text, _QUOTED)}”"
    yield said[0].upper() + said[1:] if found.is_certain else f"As far as is known without that, {said}"
    if found.config.dry_run:
        yield "It would not be done, since the thread only decides (dry_run)."
    elif found.config.needs_approval(choice.kind):
        yield "It would wait for your approval, unless one that stands covers it."


def _judged(found: DryRun) -> list[Item]:
    """Return the items that one beat would have judged first."""
    asked = found.asks[: found.limit]
    return list({each.judgement.item.key: each.judgement.item for each in asked}.values())


def _counted(items: Iterable[Item]) -> str:
    """Return how many items of each kind there are, such as "3 posts and 1 mail"."""
    kinds = Counter(item.kind for item in items)
    named = [_number(number, kind) for kind, number in kinds.items()]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _number(number: int, kind: FeedKind) -> str:
    one, many = _NOUNS.get(kind, (kind.value, f"{kind.value}s"))
    return f"{number} {one if number == 1 else many}"
