"""deliveries and told: what is on its way, what became of it, and what a person says about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from heartbeat.store import Store
from heartbeat.store.tables import TargetHealth
from heartbeat.vocabulary import DeliveryReason, DeliveryStatus
from tests.integration.cli.conftest import Cli
from tests.support.deliveries import brought_to, queued, tell


def now() -> datetime:
    return datetime.now(UTC)


def test_nothing_is_on_its_way_yet(cli: Cli) -> None:
    cli.fine("init")
    assert "nothing went outside" in cli.fine("deliveries")
    assert cli.fine("deliveries", "--status", "sent").strip() == "No deliveries."
    assert cli.fine("told").strip() == "Nothing was told yet."


def test_deliveries_are_listed_newest_first(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")
    queued(store, now())
    brought_to(store, DeliveryStatus.FAILED, now(), reason=DeliveryReason.REFUSED)
    assert [each["id"] for each in cli.lines("deliveries")] == [2, 1]
    assert [each["id"] for each in cli.lines("deliveries", "--status", "pending")] == [1]
    said = cli.fine("deliveries", "--thread", "demo")
    assert said.startswith("#2 ")
    assert "demo  tell to phone  failed/refused" in said
    assert "Tea is ready." in said
    assert "last try: too long" in said
    assert "is tried again from" in said


def test_what_waits_for_a_target_that_is_down_names_it(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")
    at = now()
    queued(store, at)
    down = TargetHealth(target="phone", misses=3, last_try=at, down_since=at)
    store.write(lambda session: session.add(down))
    said = cli.fine("deliveries")
    assert f"waits; phone is down and is tried again at {at + timedelta(hours=1):%Y-%m-%d %H:%M}" in said


def test_one_is_sent_again_or_cancelled(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")
    brought_to(store, DeliveryStatus.FAILED, now(), reason=DeliveryReason.REFUSED)
    assert "is sent again" in cli.fine("deliveries", "retry", "1")
    assert [each["status"] for each in cli.lines("deliveries")] == ["pending"]
    assert cli.fine("deliveries", "cancel", "1").strip() == "Delivery 1 is cancelled."
    assert [each["reason"] for each in cli.lines("deliveries")] == ["cancelled"]


def test_cancelling_says_what_may_have_left(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")
    brought_to(store, DeliveryStatus.SENDING, now())
    brought_to(store, DeliveryStatus.PENDING, now(), searching=True)
    assert "being sent" in cli.fine("deliveries", "cancel", "1")
    assert "may have arrived" in cli.fine("deliveries", "cancel", "2")


def test_a_person_says_whether_one_arrived(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")
    for _ in range(2):
        brought_to(store, DeliveryStatus.UNKNOWN, now())
    assert cli.fine("deliveries", "settle", "1", "--arrived").strip() == "Delivery 1 has arrived."
    assert "is sent again" in cli.fine("deliveries", "settle", "2", "--not-arrived")
    assert [each["status"] for each in cli.lines("deliveries")] == ["pending", "sent"]


def test_bad_arguments_are_refused(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")
    brought_to(store, DeliveryStatus.SENT, now())
    assert cli.refused("deliveries", "retry", "1") == "delivery 1 has arrived; it is not sent twice"
    assert cli.refused("deliveries", "retry", "7") == "delivery 7 does not exist"
    assert cli.refused("deliveries", "--thread", "nobody") == "thread 'nobody' does not exist"
    assert "--arrived" in cli.refused("deliveries", "settle", "1")
    assert "--status" in cli.refused("deliveries", "--status", "lost")


def test_what_the_owner_was_told(cli: Cli, store: Store) -> None:
    cli.fine("threads", "add", "demo")
    beat = tell(store, "Tea is ready.", now(), targets=["phone"])
    (told,) = cli.lines("told")
    assert (told["text"], told["connections"][0]["target"]) == ("Tea is ready.", "phone")
    said = cli.fine("told")
    assert said.startswith(f"#{beat} ")
    assert "phone: pending" in said
