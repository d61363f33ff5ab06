"""Deliveries over HTTP: lists, answers to one, and what the owner was told."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.vocabulary import DeliveryReason, DeliveryStatus
from tests.integration.http.site import Site
from tests.support.deliveries import brought_to, queued, tell


def put(site: Site, status: DeliveryStatus, **more: Any) -> int:
    """Bring a delivery of a new thread to a state, and return its number."""
    row = brought_to(site.world.store, status, site.world.clock(), thread_id=site.thread(), **more)
    return row.id or 0


def test_deliveries_are_listed_with_their_tries(site: Site) -> None:
    thread = site.thread()
    row = brought_to(site.world.store, DeliveryStatus.UNKNOWN, site.world.clock(), thread_id=thread)
    (shown,) = site.get("/api/deliveries", thread=thread)["items"]
    now = site.world.clock().isoformat().replace("+00:00", "Z")
    (one_try,) = shown["tries"]
    assert one_try == {"at": now, "ended": "perhaps", "said": "the connection broke", "search": False}
    assert (shown["id"], shown["thread_id"], shown["target"], shown["kind"]) == (
        row.id,
        thread,
        "phone",
        "tell",
    )
    assert (shown["status"], shown["reason"], shown["text"]) == ("unknown", None, "Tea is ready.")
    assert shown["answers"] == ["retry", "settle"]
    assert (shown["next_try"], shown["receipt"]) == (None, None)


def test_pages_and_filters(site: Site) -> None:
    thread = site.thread()
    rows = [queued(site.world.store, site.world.clock(), thread_id=thread).id for _ in range(3)]
    first = site.get("/api/deliveries", thread=thread, limit=2)
    assert [each["id"] for each in first["items"]] == [rows[2], rows[1]]
    second = site.get("/api/deliveries", thread=thread, limit=2, before=first["next"])
    assert ([each["id"] for each in second["items"]], second["next"]) == ([rows[0]], None)
    assert site.get("/api/deliveries", thread=thread, status="sent")["items"] == []
    assert "status" in site.refused(422, "GET", "/api/deliveries?status=lost")["detail"]


def test_one_that_failed_is_sent_again(site: Site) -> None:
    number = put(site, DeliveryStatus.FAILED, reason=DeliveryReason.REFUSED)
    again = site.post(f"/api/deliveries/{number}/retry")
    assert (again["status"], again["reason"], len(again["tries"])) == ("pending", None, 1)


def test_one_is_cancelled_by_a_person(site: Site) -> None:
    number = put(site, DeliveryStatus.PENDING)
    gone = site.post(f"/api/deliveries/{number}/cancel")
    assert (gone["status"], gone["reason"], gone["by_person"]) == ("failed", "cancelled", True)


@pytest.mark.parametrize(("arrived", "status"), [(True, "sent"), (False, "pending")])
def test_a_person_says_whether_one_arrived(site: Site, arrived: bool, status: str) -> None:
    number = put(site, DeliveryStatus.UNKNOWN)
    assert site.post(f"/api/deliveries/{number}/settle", {"arrived": arrived})["status"] == status


@pytest.mark.parametrize(
    ("status", "answer", "body", "said"),
    [
        (DeliveryStatus.SENT, "retry", None, "has arrived; it is not sent twice"),
        (DeliveryStatus.SENT, "cancel", None, "is sent already"),
        (DeliveryStatus.UNKNOWN, "cancel", None, "say whether it arrived"),
        (
            DeliveryStatus.PENDING,
            "settle",
            {"arrived": True},
            "is pending; only of one that may have arrived",
        ),
    ],
)
def test_what_the_state_does_not_allow_is_a_conflict(
    site: Site, status: DeliveryStatus, answer: str, body: Any, said: str
) -> None:
    number = put(site, status)
    problem = site.refused(409, "POST", f"/api/deliveries/{number}/{answer}", json=body)
    assert said in problem["detail"]
    assert problem["detail"].startswith(f"delivery {number} ")


def test_unknown_numbers_and_wrong_bodies(site: Site) -> None:
    assert "999999" in site.refused(404, "POST", "/api/deliveries/999999/retry")["detail"]
    number = put(site, DeliveryStatus.UNKNOWN)
    problem = site.refused(422, "POST", f"/api/deliveries/{number}/settle", json={"arrived": "yes"})
    assert problem["field"] == "arrived"
    assert site.refused(422, "POST", f"/api/deliveries/{number}/settle", json={})["field"] == "arrived"


def test_what_the_owner_was_told(own: Site) -> None:
    thread = own.thread()
    store, clock = own.world.store, own.world.clock
    first = tell(store, "Tea is ready.", clock(), thread_id=thread, targets=["phone"])
    clock.move(minutes=10)
    second = tell(store, "Milk is out.", clock(), thread_id=thread)
    page = own.get("/api/told", limit=1)
    assert [(each["beat_id"], each["text"], each["status"]) for each in page["items"]] == [
        (second, "Milk is out.", "recorded")
    ]
    (older,) = own.get("/api/told", before=page["next"])["items"]
    assert (older["beat_id"], older["thread_id"], older["about"]) == (first, thread, None)
    assert [each["target"] for each in own.get("/api/deliveries", beat=first)["items"]] == ["phone"]
    assert own.get("/api/deliveries", beat=second)["items"] == []
    (way,) = older["connections"]
    assert (way["target"], way["status"], way["reason"]) == ("phone", "pending", None)
    own.post(f"/api/deliveries/{way['delivery_id']}/cancel")
    (way,) = own.get("/api/told")["items"][1]["connections"]
    assert (way["status"], way["reason"]) == ("failed", "cancelled")
