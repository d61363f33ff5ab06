"""The gate `outflow` in a run: nothing that is private leaves by a target or a model without a person's yes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.feed import Feed
from heartbeat.memory import Memory
from heartbeat.outflow import OutflowPolicy, why_elsewhere
from heartbeat.store import approvals, threads
from heartbeat.store.outset import Outset
from heartbeat.store.tables import Beat
from heartbeat.targets import made_public
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Outflow, Reason
from heartbeat_decision.server import elsewhere
from nodes.context import Context
from nodes.services import Services
from nodes.state import Update, ending
from nodes.view import StateView


def policy_of(services: Services) -> OutflowPolicy:
    """Return what is private and what is public in the workspace, as it is now."""
    return OutflowPolicy(
        services.connections.private_names(), lambda name: made_public(services.targets.get(name))
    )


def model_of(config: Config, services: Services, context: Context) -> tuple[str, str]:
    """Return the address of the server and the name of the model that a run asks."""
    settings = services.settings
    return context.ollama_url or settings.ollama_url, config.model or settings.model


@dataclass(frozen=True)
class Guard:
    """What one run may look at and remember.

    ``inside`` are the names of the sources that are no connections, ``model`` is the name of the model, and ``where``
    says where it is if it is not on this machine or its own network.
    """

    config: Config
    policy: OutflowPolicy
    inside: Collection[str]
    model: str
    where: str | None

    @property
    def seen(self) -> Sequence[str]:
        """The private connections that the thread looks at."""
        return self.policy.seen(self.config)

    @property
    def only_public(self) -> bool:
        """Whether what was made from something private must not be shown to the thread.

        It has a public voice, which may repeat what it sees, or would show it to a model elsewhere.
        """
        return self._asks_elsewhere or bool(self.policy.public(self.config))

    @property
    def _asks_elsewhere(self) -> bool:
        return self.where is not None and self.config.outflow != Outflow.ALLOWED

    def closed_gate(self) -> Update:
        """Return the end of a beat whose thread could give away what it sees; an empty update if it cannot."""
        leak = self.policy.leak(self.config)
        if leak is not None:
            return _ending(leak.why)
        if self.where is not None and self._asks_elsewhere and self.seen:
            return _ending(why_elsewhere(self.seen, self.model, self.where))
        return {}

    def kept(self, memory: Memory) -> Memory:
        """Return what the thread may still remember: no texts where it sees one of their private sources no more.

        What is private on the forum and in its conversation it sees as long as `only_public` does not hold.
        """
        still = {*self.seen, *(() if self.only_public else self.inside)}
        return memory if still.issuperset(memory.private) else memory.without_texts()


def guard_of(config: Config, services: Services, context: Context) -> Guard:
    """Return what a run with this config may look at and remember, as things are now."""
    url, model = model_of(config, services, context)
    inside = {source.name for source in services.sources}
    return Guard(config, policy_of(services), inside, model, elsewhere(url, model))


def may_see_private(services: Services, found: Outset) -> bool:
    """Return whether a beat of a thread that begins now may see something private, and be traced without payload.

    It looks at a private connection, remembers something of one, or may be shown what another beat made from one.
    """
    policy, config = policy_of(services), found.effective.config
    if policy.seen(config) or Memory.newest(found.memory).private:
        return True
    return not policy.public(config) and found.any_private


def must_stay(beat: StateView) -> bool:
    """Return whether the questions of a beat hold something private that no model elsewhere may see."""
    return bool(beat.feed.private or beat.memory.private) and beat.config.outflow != Outflow.ALLOWED


def elsewhere_end(beat: StateView, model: str, said: str) -> Update:
    """Return the end of a beat whose model turned out to be elsewhere; ``said`` is where, after its name."""
    seen = sorted({*beat.feed.private, *beat.memory.private})
    where = said.removeprefix(f"the model {model} ")
    return _ending(
        why_elsewhere(seen, model, where) if where != said else sentence(f"No model was asked: {said}")
    )


def obstacle(
    session: Session, row: Beat, beat: StateView, policy: OutflowPolicy, target: str, kind: str
) -> Update:
    """Return the end of a beat whose action would make public what is private; an empty update if it would not.

    What has become private since the beat looked counts too. A person's approval of this action is what is asked for;
    one that stands does not count.
    """
    now_private = _sources(beat.feed) & set(policy.private)
    if now_private and not row.private:
        row.private = True
        session.add(row)
    if kind not in policy.made_public(target) or approvals.by_person(row):
        return {}
    config = threads.effective(session, threads.get(session, row.thread_id)).config
    if Outflow.GUARDED not in (config.outflow, beat.config.outflow):
        return {}
    leak = policy.leak(config)
    if row.private or (leak is not None and kind in leak.kinds.get(target, ())):
        seen = sorted({*beat.feed.private, *now_private, *(leak.seen if leak else ())})
        saw = f"Nothing was done: the beat saw something private ({', '.join(seen)}), and {target} is public"
        return _ending(sentence(f"{saw}; set approval to always, or outflow to allowed"))
    return {}


def _sources(feed: Feed) -> set[str]:
    return {item.source for item in (*feed.walk(), *feed.left_out)}


def _ending(why: str) -> Update:
    return ending(BeatStatus.SKIPPED, why, reason=Reason.OUTFLOW)
