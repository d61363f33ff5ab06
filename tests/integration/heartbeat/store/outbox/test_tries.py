from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.errors import FenceLostError
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store import Store, outbox
from heartbeat.store.outbox import DeliveryClaim
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import DeliveryStatus, TryEnd
from tests.support.world import START, World

PLAIN = Capabilities()


def queued(store: Store, text: str = "Tea is ready.", **values: object) -> Delivery:
    options = {"target": "phone", "deliver_within": 3600, "now": START, **values}
    return store.write_durably(outbox.queue, Outgoing(kind="tell", text=text), **options)  # type: ignore[arg-type]


def claimed(
    store: Store,
    row: Delivery,
    seconds: float = 0,
    capabilities: Capabilities = PLAIN,
    searchable: bool = False,
) -> DeliveryClaim | None:
    return store.write_durably(
        outbox.claim,
        row.id or 0,
        store.lease,
        START + timedelta(seconds=seconds),
        lease_seconds=60,
        capabilities=capabilities,
        searchable=searchable,
    )


def test_what_is_queued_is_due_at_once_and_arrives(world: World) -> None:
    row = queued(world.store)
    look = world.store.read(outbox.look, START, 10)
    assert [each.id for each in look.due] == [row.id]
    claim = claimed(world.store, row)
    assert claim is not None
    assert (claim.key, claim.target, claim.outgoing.text) == (row.key, "phone", "Tea is ready.")
    assert claimed(world.store, row) is None, "one process at a time"
    assert world.store.read(outbox.look, START, 10) == ([], START + timedelta(seconds=60))
    result = TryResult(TryEnd.SENT, receipt={"id": "7"})
    done = world.store.write(outbox.finish, claim, result, PLAIN, searchable=False, now=START)
    assert (done.status, done.receipt) == (DeliveryStatus.SENT, {"id": "7"})
    assert world.store.read(outbox.look, START, 10) == ([], None)


def test_a_try_that_ran_out_of_time_writes_nothing(world: World) -> None:
    row = queued(world.store)
    claim = claimed(world.store, row)
    assert claim is not None
    assert claimed(world.store, row, 60) is None
    assert world.store.read(outbox.get, row.id or 0).status == DeliveryStatus.UNKNOWN
    with pytest.raises(FenceLostError, match=r"^the try of delivery 1 had run out of time$"):
        world.store.write(outbox.finish, claim, TryResult(TryEnd.SENT), PLAIN, searchable=False, now=START)
