"""What the targets of a beat do not take now: kinds that cool down or are used up, targets that are down or where an
action waits for approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.feed import Feed
from heartbeat.schedule import parse_zone
from heartbeat.store import actions, outbox, waiting
from heartbeat.store.waiting import Waiting
from heartbeat.targets import is_internal
from heartbeat.vocabulary import ActionKind, BeatStatus, Reason
from nodes.offer import ActionContext
from nodes.services import Services
from nodes.state import Update, ending
from nodes.view import StateView

DAY = timedelta(days=1)
"""How often a target that is down is given an action all the same."""
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Blocks:
    """What is not taken now, each with the instant until which it is not.

    ``waits`` are kinds by target. ``down`` are targets that nothing is given to; ``all_down``: the thread names no
    other. ``approvals`` are the actions that wait for approval, by place: a target, or ``tell`` for the owner.
    """

    waits: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    down: Mapping[str, datetime] = field(default_factory=dict)
    all_down: bool = False
    approvals: Mapping[str, Waiting] = field(default_factory=dict)

    def approval(self, name: str, kind: str) -> Waiting | None:
        """Return what waits for approval where a kind would go to, None if nothing does."""
        return self.approvals.get(ActionKind.TELL if kind == ActionKind.TELL else name)

    def until(self, name: str, kind: str) -> datetime | None:
        """Return until when a target does not take a kind; None if it takes it now."""
        approval = self.approval(name, kind)
        found = (
            self.down.get(name),
            self.waits.get(name, {}).get(kind),
            (approval.expires_at or NEVER) if approval else None,
        )
        return max((each for each in found if each is not None), default=None)

    def message(self, name: str, kind: str, timezone: str) -> str:
        """Return a sentence that says why a target does not take a kind now."""
        if (approval := self.approval(name, kind)) is not None:
            other = "you are told nothing else" if kind == ActionKind.TELL else f"nothing else goes to {name}"
            return f"Beat {approval.beat_id} waits for a person, and before it has an answer {other}."
        if name in self.down:
            return f"The target {name} cannot be reached."
        return cooldown_message(name, kind, self.waits[name][kind], timezone)


def find_blocks(
    beat: StateView, choice: ActionContext, services: Services, now: datetime, *, any_waits: bool
) -> Blocks:
    """Return what the targets of a beat do not take now; ``any_waits``: an action of its thread waits."""
    able = dict(_able(choice))
    limited = any(can.cooldowns or can.daily_limits for can in able.values())
    waits, approvals = _Found({}, {})
    if limited or any_waits:
        waits, approvals = services.store.read(_read, beat.thread_id, able, now)
    health = services.store.shared(outbox.health)
    down = {name: row for name, row in health.items() if name in able and row.down_since is not None}
    inside = {option.name for option in choice.options if is_internal(option.target)}
    outside = set(beat.config.targets) & set(able) - inside
    if outside and outside <= set(down) and not inside:
        asked_at = beat.memory.asked_at
        if asked_at is None or not beat.memory.asked_within(int(DAY.total_seconds()), now):
            return Blocks(waits, approvals=approvals)
        return Blocks(waits, dict.fromkeys(outside, asked_at + DAY), all_down=True, approvals=approvals)
    # What waits in the outbox is tried again and again; where nothing does, the agent may try once a day.
    again = {name: (row.last_try or now) + DAY for name, row in down.items()}
    return Blocks(waits, {name: at for name, at in again.items() if at > now}, approvals=approvals)


def _able(choice: ActionContext) -> Iterator[tuple[str, Capabilities]]:
    return chain(((option.name, option.capabilities) for option in choice.options), _tells(choice))


def _tells(choice: ActionContext) -> list[tuple[str, Capabilities]]:
    return [(target.name, can) for target, can in choice.telling.targets]


class _Found(NamedTuple):
    waits: dict[str, dict[str, datetime]]
    approvals: dict[str, Waiting]


def _read(session: Session, thread_id: str, able: Mapping[str, Capabilities], now: datetime) -> _Found:
    waits = {name: waits_of(session, name, can, now) for name, can in able.items()}
    approvals = {each.place: each for each in waiting.of_thread(session, thread_id)}
    return _Found({name: each for name, each in waits.items() if each}, approvals)


def waits_of(session: Session, name: str, can: Capabilities, now: datetime) -> dict[str, datetime]:
    """Return the kinds that a target does not take yet, each with the instant from which on it does."""
    waits = actions.cooling(session, name, can.cooldowns, now)
    for kind, until in actions.used_up(session, name, can.daily_limits, now).items():
        waits[kind] = max(until, waits.get(kind, until))
    return waits


class Wait(NamedTuple):
    """A target that takes an action only from an instant on."""

    target: str
    until: datetime


def takers_of(
    session: Session, draft: Draft, choice: ActionContext, now: datetime
) -> list[tuple[str, Capabilities]]:
    """Return the targets outside that an action goes to now: one, or of a tell all that take it."""
    option = choice.option_of(draft)
    if option is not None:
        return [(option.name, option.capabilities)]
    return [
        (name, can) for name, can in _tells(choice) if draft.kind not in waits_of(session, name, can, now)
    ]


def waits_for(session: Session, draft: Draft, choice: ActionContext, now: datetime) -> Wait | None:
    """Return what an action has to wait for; None if a target takes it now. A tell waits only if all wait."""
    option = choice.option_of(draft)
    takers = [(option.name, option.capabilities)] if option else _tells(choice)
    waits = [Wait(name, waits_of(session, name, can, now).get(draft.kind, now)) for name, can in takers]
    first = min(waits, key=lambda wait: wait.until, default=None)
    return first if first is not None and first.until > now else None


def with_blocks(feed: Feed, choice: ActionContext, found: Blocks, timezone: str) -> Feed:
    """Add what is not taken now to the feed, each with a fact for the model.

    The facts change when something is taken again, so that the model is asked again.
    """
    blocked: dict[str, list[str]] = {}
    waits: dict[str, datetime] = {}
    facts: list[str] = []
    for kind, names in _takers(choice).items():
        until = {name: at for name in names if (at := found.until(name, kind)) is not None}
        is_blocked = bool(until) and len(until) == len(names)
        if is_blocked:
            waits[kind] = min(until.values())
        elif kind == ActionKind.TELL:
            continue  # it goes to those that take it
        for name in until:
            blocked.setdefault(name, []).append(kind)
        facts += _facts(found, kind, list(until), timezone, is_blocked=is_blocked)
    approval = found.approvals.get(ActionKind.TELL)
    if approval is not None and not choice.telling.targets:
        # It would be shown in the panel only.
        waits[ActionKind.TELL] = approval.expires_at or NEVER
        facts += [f"Not possible now: {ActionKind.TELL}. {found.message('', ActionKind.TELL, timezone)}"]
    if not waits and not blocked:
        return feed
    return feed.model_copy(
        update={
            "waits": waits,
            "blocked": {name: tuple(kinds) for name, kinds in blocked.items()},
            "facts": (*feed.facts, *dict.fromkeys(facts)),
        }
    )


def _facts(found: Blocks, kind: str, names: Sequence[str], timezone: str, *, is_blocked: bool) -> list[str]:
    said = list(dict.fromkeys(found.message(name, kind, timezone) for name in names))
    return [f"Not possible now: {kind}. {' '.join(said)}"] if is_blocked else said


def _takers(choice: ActionContext) -> dict[str, list[str]]:
    """Return the targets that take a kind when nothing blocks them, by kind.

    The panel, which shows what was told, is no target: a tell without an owner connection does not count.
    """
    takers: dict[str, list[str]] = {}
    for option in choice.options:
        for kind in option.offer.kinds:
            takers.setdefault(kind, []).append(option.name)
    if choice.telling.targets:
        takers[ActionKind.TELL] = [target.name for target, _ in choice.telling.targets]
    return takers


def ending_if_blocked(choice: ActionContext, found: Blocks, timezone: str) -> Update:
    """Return the end of a beat if all its targets are down or take nothing yet, else an empty update.

    ``choice`` is what is possible when nothing is blocked.
    """
    if found.all_down:
        return unreachable(found.down)
    until = {
        kind: {name: found.until(name, kind) for name in names} for kind, names in _takers(choice).items()
    }
    if not until or any(not each or None in each.values() for each in until.values()):
        return {}
    approvals = {found.approval(name, kind) for kind, each in until.items() for name in each} - {None}
    if approvals:
        said = " ".join(each.sentence for each in sorted(filter(None, approvals)))
        return ending(BeatStatus.SKIPPED, said, reason=Reason.AWAITING_APPROVAL)
    cooling = [
        (at, name, kind)
        for kind, each in until.items()
        for name, at in each.items()
        if at is not None and name not in found.down
    ]
    if not cooling:
        return unreachable(found.down)
    at, name, kind = min(cooling)
    return too_soon(name, kind, at, timezone)


def unreachable(names: Iterable[str]) -> Update:
    """Return the end of a beat none of whose targets can be reached."""
    summary = f"No target can be reached: {', '.join(sorted(names))}."
    return ending(BeatStatus.SKIPPED, summary, reason=Reason.TARGET_DOWN)


def too_soon(target: str, kind: str, until: datetime, timezone: str) -> Update:
    """Return the end of a beat whose action its target does not take yet."""
    return ending(
        BeatStatus.SKIPPED, cooldown_message(target, kind, until, timezone), reason=Reason.TARGET_COOLDOWN
    )


def cooldown_message(target: str, kind: str, until: datetime, timezone: str) -> str:
    """Return a sentence with the time from which the target accepts the next action of a kind."""
    local = until.astimezone(parse_zone(timezone))
    return f"The target {target} takes the next {kind} from {local:%Y-%m-%d %H:%M:%S} on ({timezone})."
