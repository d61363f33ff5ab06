"""Targets outside, for tests of beats: what a beat queues is delivered only where a test says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sqlmodel import Session, col, select

from heartbeat.capabilities import Capabilities
from heartbeat.connections import Connection, Connections
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store import Lease, outbox
from heartbeat.store.tables import Action, Delivery, TargetHealth
from heartbeat.targets import KnownTargets, Target
from heartbeat.vocabulary import ActionKind, ConnectionOrigin, Reach, TryEnd
from tests.support.world import World

PHONE = Capabilities(kinds=("tell",), sources=(), votes={}, reach=Reach.OWNER, deliver_within=3600)
FOLDER = Capabilities(kinds=("note",), sources=(), votes={}, reach=Reach.OWNER)
PUBLIC = Capabilities(kinds=("post",), sources=(), votes={}, title_required=False)
LEASE = Lease(30, "deliverer")


@dataclass
class Outside:
    """A target outside that a test declares."""

    name: str
    able: Capabilities = PHONE

    def capabilities(self) -> Capabilities:
        return self.able

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        raise AssertionError("a beat delivers nothing")


@dataclass
class Connected:
    """The connections of a workspace, as far as a beat uses them."""

    made: list[Outside] = field(default_factory=list)
    others: list[Connection] = field(default_factory=list)
    private: set[str] = field(default_factory=set)

    def targets(self) -> Mapping[str, Target]:
        return {target.name: target for target in self.made}

    @property
    def all(self) -> Sequence[Connection]:
        made = [Connection(each.name, "webhook", ConnectionOrigin.FILE, target=each) for each in self.made]
        return [*made, *self.others]

    def private_names(self) -> frozenset[str]:
        return frozenset(self.private)

    def follow(self, names: Collection[str] | None = None) -> None:
        """Do nothing: none of them ever leads elsewhere."""

    def owner_targets(self) -> Sequence[str]:
        return [target.name for target in self.made if ActionKind.TELL in target.able.kinds]


def connect(world: World, *targets: Outside) -> Connected:
    """Let the workspace have these connections."""
    connected = Connected(list(targets))
    fixed = [target for name, target in world.services.targets.items() if name in ("forum", "none")]
    world.services = replace(
        world.services,
        connections=cast("Connections", connected),
        targets=KnownTargets(fixed, connected.targets),
    )
    return connected


def deliveries(world: World) -> list[Delivery]:
    """Return the queued deliveries, oldest first."""
    return list(world.store.read(outbox.page, limit=200))[::-1]


def end(world: World, result: TryEnd, delivery_id: int | None = None, **able: Any) -> Delivery:
    """End one try of a delivery, by default of the newest, as a deliverer does."""
    row_id = delivery_id or deliveries(world)[-1].id or 0
    can = replace(PHONE, **able)
    lease, now = LEASE, world.clock()
    claim = world.store.write(
        outbox.claim, row_id, lease, now, lease_seconds=60, capabilities=can, searchable=False
    )
    assert claim is not None
    receipt = {"id": "7"} if result == TryEnd.SENT else None
    outcome = TryResult(result, "so it said", receipt=receipt)
    return world.store.write(outbox.finish, claim, outcome, can, searchable=False, now=now)


def take_down(world: World, name: str) -> None:
    """Let a target be down since now."""

    def write(session: Session) -> None:
        now = world.clock()
        session.add(TargetHealth(target=name, misses=3, last_try=now, down_since=now))

    world.store.write(write)


def bring_up(world: World, name: str) -> None:
    """Let a target that was down answer again."""

    def write(session: Session) -> None:
        row = session.get(TargetHealth, name)
        assert row is not None
        row.misses, row.down_since = 0, None
        session.add(row)

    world.store.write(write)


def actions_of(world: World) -> list[Action]:
    """Return all actions, oldest first."""

    return list(world.store.read(lambda session: session.exec(select(Action).order_by(col(Action.id))).all()))
