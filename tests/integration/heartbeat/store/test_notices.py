"""Notices: what the owner is told and when, each queued once for every connection that reaches them."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.fetching import FetchResult
from heartbeat.notice import Notice, message_of
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store import Claim, Outcome, approvals, beats, events, inbox, notices, outbox, threads
from heartbeat.store.tables import Action, Delivery
from heartbeat.vocabulary import (
    NOTICE,
    ActionKind,
    ActionStatus,
    AnswerOrigin,
    BeatStatus,
    Decider,
    DeliveryReason,
    DeliveryStatus,
    EventKind,
    NoticeKind,
    Reason,
    Trigger,
    TryEnd,
)
from tests.support.world import World

BY = AnswerOrigin.API


@dataclass
class Teller:
    """What one world's process would tell, claimed at once."""

    world: World

    def take(self, *owners: str, public_url: str | None = None) -> list[Notice]:
        taken = self.world.store.write_durably(
            notices.take, self.world.clock(), owners=owners or ("phone",), public_url=public_url
        )
        return taken.notices

    def queued(self, target: str = "phone") -> list[Delivery]:
        """What was queued for a connection and waits, the oldest first."""
        page = self.world.store.read(outbox.page, status=DeliveryStatus.PENDING)
        return [row for row in reversed(page) if row.target == target and row.kind == NOTICE]

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.take()]


@pytest.fixture
def teller(world: World) -> Teller:
    world.store.write(notices.begin, world.clock())
    return Teller(world)


def pause(world: World, thread_id: str = "demo") -> None:
    world.store.write(threads.ensure, thread_id, world.clock())
    world.store.write(threads.pause, thread_id, "too loud", world.clock())


def ask(world: World, thread_id: str = "demo", target: str = "forum", *, in_place: bool = True) -> int:
    """Let a beat of the thread wait for a person."""
    claim = world.store.open_beat(thread_id, Trigger.MANUAL, None, world.clock())
    assert isinstance(claim, Claim)
    world.store.write(
        approvals.ask,
        claim,
        {"kind": "post", "target": target},
        world.clock(),
        expires_at=world.clock() + timedelta(days=1),
        summary="Wants to post on general: Hello",
        in_place=in_place,
    )
    return claim.beat_id


def tried(world: World, *, answered: bool, thread_id: str = "demo") -> None:
    """Let a beat end with a model that has answered, or has not."""
    claim = world.store.open_beat(thread_id, Trigger.MANUAL, None, world.clock())
    assert isinstance(claim, Claim), claim
    outcome = (
        Outcome(BeatStatus.NONE, "Quiet.")
        if answered
        else Outcome(BeatStatus.SKIPPED, "Gone.", Reason.MODEL_UNREACHABLE)
    )

    def end(session: Session) -> None:
        row = beats.held(session, claim)
        row.decided_by = Decider.MODEL if answered else None
        beats.close(session, row, outcome, world.clock())

    world.store.write(end)


def test_person_who_is_needed_is_told_once(world: World, teller: Teller) -> None:
    beat_id = ask(world)
    pause(world, "other")
    asked, paused = teller.take()
    assert message_of(asked) == (
        "demo: approval needed",
        "Wants to post on general: Hello\n"
        "It waits until Tue 2026-11-03 12:00 UTC; if nobody has answered by then, it is not done. "
        "Until then the thread does not beat.\n"
        f"To answer: heartbeat approve {beat_id}, or heartbeat reject {beat_id}.",
    )
    assert message_of(paused) == ("other: paused", "too loud\nTo lift it: heartbeat threads resume other.")
    assert teller.take() == []


def test_it_is_said_in_the_threads_own_zone_what_waits_until_when_and_what_happens_meanwhile(
    world: World, teller: Teller
) -> None:
    world.thread(timezone="Asia/Shanghai")
    ask(world, target="masto", in_place=False)
    teller.take(public_url="https://hb.example.org")
    [row] = teller.queued()
    assert row.payload["text"] == (
        "Wants to post on general: Hello\n"
        "It waits until Tue 2026-11-03 20:00 Asia/Shanghai; if nobody has answered by then, it is not done. "
        "Until then the thread goes on, but does nothing else on masto.\n"
        "To approve or reject it, open its page."
    )
    assert row.payload["url"] == "https://hb.example.org/beats/1"


def test_what_waits_at_another_place_of_a_thread_is_told_at_once(world: World, teller: Teller) -> None:
    first = ask(world, target="masto", in_place=False)
    world.clock.move(seconds=30)
    second = ask(world, target="notes", in_place=False)
    told = teller.take()
    assert [(notice.beat_id, notice.more) for notice in told] == [(first, 0), (second, 0)]
    world.clock.move(minutes=1)
    assert teller.take() == []


def test_what_waits_next_at_the_same_place_is_told_later_and_stands_for_nothing_that_was_answered(
    world: World, teller: Teller
) -> None:
    ask(world, target="masto", in_place=False)
    teller.take()
    for _ in range(2):
        world.store.write(approvals.expire, world.clock() + timedelta(days=1))
        world.clock.move(minutes=2)
        last = ask(world, target="masto", in_place=False)
        assert teller.take() == []
    world.clock.move(minutes=8)
    assert [(notice.beat_id, notice.more) for notice in teller.take()] == [(last, 0)]


def test_what_nobody_approved_in_time_is_not_told(world: World, teller: Teller) -> None:
    ask(world, in_place=False)
    teller.take()
    world.clock.move(hours=23)
    ask(world, target="masto", in_place=False)
    world.clock.move(hours=1)
    assert [notice.beat_id for notice in teller.take()] == [2]
    assert [row.beat_id for row in teller.queued()] == [2]


def test_what_happened_before_is_not_told(world: World) -> None:
    pause(world)
    world.store.write(notices.begin, world.clock())
    assert Teller(world).take() == []


def test_nothing_stale(world: World, teller: Teller) -> None:
    """Lifted, removed, or a day old by the time somebody comes to tell."""
    pause(world, "lifted")
    world.store.write(threads.resume, "lifted", world.clock())
    pause(world, "old")
    world.clock.move(hours=23)
    pause(world, "young")
    ask(world)
    world.clock.move(hours=2)
    assert [notice.thread_id for notice in teller.take()] == ["young", "demo"]


def test_approval_that_was_answered_meanwhile_is_not_told(world: World, teller: Teller) -> None:
    beat_id = ask(world)
    given = approvals.Answer(answer="reject")
    world.store.write(approvals.answer, beat_id, given, by=BY, lease=world.store.lease, now=world.clock())
    assert teller.take() == []


def test_much_has_happened(world: World, teller: Teller) -> None:
    """More events than are looked at in one piece."""

    def much(session: Session) -> None:
        for _ in range(1_100):
            events.add(session, EventKind.TIMER_STARTED, world.clock())

    world.store.write(much)
    pause(world)
    told: list[Notice] = []
    rounds = 0
    while world.store.read(notices.pending):
        taken = world.store.write(notices.take, world.clock(), owners=["phone"])
        told, rounds = told + taken.notices, rounds + 1
    assert [notice.kind for notice in told] == ["thread.paused"]
    assert rounds == 3


def test_one_of_a_kind_per_thread_in_ten_minutes(world: World, teller: Teller) -> None:
    pause(world)
    assert teller.kinds() == ["thread.paused"]
    for _ in range(3):
        world.clock.move(minutes=2)
        pause(world)
        assert teller.take() == []
    pause(world, "other")
    assert [notice.thread_id for notice in teller.take()] == ["other"]
    world.clock.move(minutes=4)
    [held] = teller.take()
    assert held.more == 2
    assert "And 2 more like this" in message_of(held).body


def test_twenty_an_hour_and_the_last_stands_for_all_others(world: World, teller: Teller) -> None:
    for number in range(60):
        pause(world, f"t{number}")
    told = teller.take()
    assert [notice.kind for notice in told] == ["thread.paused"] * 19 + ["summary"]
    said = message_of(told[-1])
    assert said.title == "41 things at once"
    assert said.body.startswith("41 x thread paused.\nThreads: t19, t20, ")
    ask(world)
    assert teller.take() == []
    world.clock.move(minutes=61)
    assert teller.kinds() == ["approval.requested"]


def test_clock_that_was_set_back_silences_nobody(world: World, teller: Teller) -> None:
    pause(world)
    assert teller.kinds() == ["thread.paused"]
    world.clock.move(days=-2)
    pause(world)
    assert teller.kinds() == ["thread.paused"]


def test_model_unreachable_for_an_hour_and_back(world: World, teller: Teller) -> None:
    tried(world, answered=False)
    for _ in range(5):
        world.clock.move(minutes=11)
        tried(world, answered=False)
        assert teller.take() == []
    world.clock.move(minutes=5)
    assert world.store.read(notices.pending), "time alone makes it so"
    [gone] = teller.take()
    assert message_of(gone).body.startswith(
        "No model has answered since 2026-11-02 12:00 UTC; last tried 2026-11-02 12:55 UTC."
    )
    world.clock.move(hours=5)
    tried(world, answered=False)
    assert teller.take() == []
    tried(world, answered=True)
    [back] = teller.take()
    assert message_of(back) == (
        "The model is back",
        "It answers again since 2026-11-02 18:00 UTC; it had not since 2026-11-02 12:00 UTC.",
    )
    assert not world.store.read(notices.pending)


def test_model_that_answers_in_between_is_no_news(world: World, teller: Teller) -> None:
    for _ in range(20):
        tried(world, answered=False)
        world.clock.move(minutes=20)
        tried(world, answered=True)
        world.clock.move(minutes=20)
        assert teller.take() == []


def test_one_vain_try_is_no_news(world: World, teller: Teller) -> None:
    tried(world, answered=False)
    world.clock.move(hours=9)
    assert teller.take() == []
    tried(world, answered=True)
    assert teller.take() == []


@pytest.mark.one_question  # the model is missed at each beat
def test_beats_by_the_rules_do_not_hide_that_the_model_is_gone(world: World, teller: Teller) -> None:
    world.thread(fallback="rules", recheck_after=0)
    world.ollama.models = []
    for number in range(3):
        world.post(f"New {number}")
        world.beat()
        assert teller.take() == []
        world.clock.move(minutes=21)
    assert teller.kinds() == ["model.unreachable"]
    world.ollama.models = ["llama3.2:latest"]
    world.post("Newest")
    world.beat()
    assert teller.kinds() == ["model.back"]


def test_two_processes_claim_each_notice_once(world: World, teller: Teller) -> None:
    others = [world.elsewhere(f"process-{number}") for number in range(4)]
    for number in range(15):
        pause(world, f"t{number}")
    claimed: queue.SimpleQueue[Notice] = queue.SimpleQueue()
    start = threading.Barrier(len(others))

    def claim(other: World) -> None:
        start.wait()
        for _ in range(5):
            for notice in Teller(other).take():
                claimed.put(notice)

    workers = [threading.Thread(target=claim, args=(other,)) for other in others]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert claimed.qsize() == 15
    for other in others:
        other.close()


def test_a_process_that_dies_loses_no_notice_and_none_is_told_twice(world: World, teller: Teller) -> None:
    """Reading the events and queueing what follows from them are one transaction."""
    pause(world)
    with Session(world.store.engine) as session:
        assert notices.take(session, world.clock(), owners=["phone"]).notices != []
        session.flush()
        session.rollback()
    assert teller.queued() == []
    other = world.elsewhere()
    assert [notice.kind for notice in Teller(other).take()] == [NoticeKind.THREAD_PAUSED]
    other.close()
    assert teller.take() == []
    [row] = teller.queued()
    assert row.payload["title"] == "demo: paused"


def test_a_notice_goes_to_each_connection_of_the_owner_with_a_key_of_its_own(
    world: World, teller: Teller
) -> None:
    beat_id = ask(world)
    teller.take("phone", "webhook", public_url="https://hb.example.org")
    [to_phone], [to_webhook] = teller.queued(), teller.queued("webhook")
    assert to_phone.key != to_webhook.key
    assert to_phone.expires_at == world.clock() + timedelta(hours=1)
    assert (to_phone.thread_id, to_phone.beat_id) == ("demo", beat_id)
    assert to_phone.payload == to_webhook.payload
    assert to_phone.payload["url"] == f"https://hb.example.org/beats/{beat_id}"
    assert to_phone.payload["notice"]["kind"] == NoticeKind.APPROVAL_REQUESTED
    assert to_phone.payload["notice"]["at"] == "2026-11-02T12:00:00Z"


def test_what_is_over_before_it_has_left_is_not_told_any_more(world: World, teller: Teller) -> None:
    beat_id = ask(world)
    pause(world, "lifted")
    pause(world, "other")
    teller.take()
    given = approvals.Answer(answer="reject")
    world.store.write(approvals.answer, beat_id, given, by=BY, lease=world.store.lease, now=world.clock())
    world.store.write(threads.resume, "lifted", world.clock())
    assert teller.take() == []
    assert [row.thread_id for row in teller.queued()] == ["other"]
    rows = world.store.read(outbox.page)
    assert {row.reason for row in rows if row.thread_id != "other"} == {DeliveryReason.CANCELLED}
    assert teller.take() == [], "and nothing is told about that"


def attempted(
    world: World, row: Delivery, end: TryEnd, *, repeat: bool = False, said: str = "It answered 422."
) -> Delivery:
    """Let the next try of a delivery end so."""
    claim = world.store.write(
        outbox.claim,
        row.id or 0,
        world.store.lease,
        world.clock(),
        lease_seconds=60,
        capabilities=Capabilities(repeat=repeat),
        searchable=False,
    )
    assert claim is not None
    return world.store.write(
        outbox.finish,
        claim,
        TryResult(end, said),
        Capabilities(repeat=repeat),
        searchable=False,
        now=world.clock(),
    )


def deliver(world: World, target: str = "masto", **more: Any) -> Delivery:
    """Queue an action for a target outside."""
    outgoing = Outgoing(kind=ActionKind.POST, thread_id="demo", beat_id=7, content="Frost.")
    return world.store.write_durably(
        outbox.queue, outgoing, **{"target": target, "deliver_within": 86_400, "now": world.clock(), **more}
    )


def act(world: World) -> int:
    """Record an action of a beat, whose deliveries are queued by the test."""
    claim = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
    assert isinstance(claim, Claim)

    def write(session: Session) -> int:
        row = Action(
            key="k",
            beat_id=claim.beat_id,
            thread_id="demo",
            target="phone",
            kind=ActionKind.TELL,
            digest="d",
            status=ActionStatus.PENDING,
            created_at=world.clock(),
        )
        session.add(row)
        session.flush()
        return row.id or 0

    return world.store.write(write)


def test_what_was_refused_is_told_once(world: World, teller: Teller) -> None:
    row = attempted(world, deliver(world), TryEnd.REFUSED)
    assert row.status == DeliveryStatus.FAILED
    [notice] = teller.take()
    assert message_of(notice) == (
        "demo: not delivered",
        "The post to masto was refused: It answered 422.\n"
        f"To send it again: heartbeat deliveries retry {row.id}",
    )
    assert notice.beat_id == 7
    world.clock.move(minutes=11)
    assert teller.take() == []


def test_what_was_given_up_is_told(world: World, teller: Teller) -> None:
    row = deliver(world, deliver_within=20)
    world.clock.move(seconds=30)
    world.store.write(
        outbox.claim,
        row.id or 0,
        world.store.lease,
        world.clock(),
        lease_seconds=60,
        capabilities=Capabilities(),
        searchable=False,
    )
    [notice] = teller.take()
    assert message_of(notice).body.startswith("The post to masto did not arrive in time and is given up.\n")


def test_what_may_have_arrived_is_told(world: World, teller: Teller) -> None:
    row = attempted(world, deliver(world), TryEnd.PERHAPS, said="no answer within 30 s")
    assert row.status == DeliveryStatus.UNKNOWN
    [notice] = teller.take()
    assert message_of(notice) == (
        "demo: may not have arrived",
        "Nobody can tell whether the post to masto arrived: no answer within 30 s.\n"
        f"If you know it: heartbeat deliveries settle {row.id} --arrived, or --not-arrived to send it again",
    )


def test_what_a_person_has_settled_or_cancelled_is_not_told(world: World, teller: Teller) -> None:
    unknown = attempted(world, deliver(world), TryEnd.PERHAPS)
    world.store.write(outbox.settle, unknown.id or 0, True, world.clock())
    world.store.write(outbox.cancel, deliver(world).id or 0, world.clock())
    assert teller.take() == []


def test_an_action_that_has_arrived_at_one_phone_has_arrived(world: World, teller: Teller) -> None:
    world.thread()
    action_id = act(world)
    dead, alive = (deliver(world, target, action_id=action_id) for target in ("old-phone", "phone"))
    attempted(world, dead, TryEnd.REFUSED)
    assert teller.take() == []
    attempted(world, alive, TryEnd.SENT)
    assert teller.take() == []


@pytest.mark.parametrize("together", [True, False])
def test_one_notice_for_an_action_that_arrived_nowhere(world: World, teller: Teller, together: bool) -> None:
    world.thread()
    action_id = act(world)
    one, other = (deliver(world, target, action_id=action_id) for target in ("old-phone", "phone"))
    attempted(world, one, TryEnd.REFUSED)
    if not together:
        assert teller.take() == []
    attempted(world, other, TryEnd.REFUSED)
    [notice] = teller.take()
    assert notice.more == 0
    assert "to old-phone, phone was refused" in message_of(notice).body


def test_no_notice_is_about_a_notice(world: World, teller: Teller) -> None:
    pause(world)
    teller.take()
    attempted(world, teller.queued()[0], TryEnd.REFUSED)
    ask(world)
    teller.take()
    attempted(world, teller.queued()[0], TryEnd.PERHAPS)
    assert teller.take() == []


def bring_down(world: World, target: str) -> Delivery:
    row = deliver(world, target)
    for _ in range(3):
        row = attempted(world, row, TryEnd.NOT_SENT, said="it was not reached (ConnectError)")
        world.clock.move(minutes=20)
    return row


def test_a_target_that_is_down_is_told_once_until_it_is_back(world: World, teller: Teller) -> None:
    row = bring_down(world, "masto")
    [notice] = teller.take()
    assert message_of(notice) == (
        "masto cannot be reached",
        "Nothing has arrived there since 2026-11-02 12:40 UTC: it was not reached (ConnectError).\n"
        "To see what is on its way there: heartbeat deliveries",
    )
    world.clock.move(hours=1)
    row = attempted(world, row, TryEnd.NOT_SENT)
    assert teller.take() == []
    world.clock.move(hours=1)
    attempted(world, row, TryEnd.SENT)
    assert teller.take() == []
    bring_down(world, "masto")
    assert teller.kinds() == [NoticeKind.TARGET_DOWN]


def fail(world: World, name: str) -> None:
    world.clock.move(hours=1, minutes=1)
    claim = world.store.write(inbox.claim, name, "x", world.store.lease, world.clock(), seconds=60)
    assert claim is not None
    world.store.write(inbox.failed, claim, "It is not there; check the address.", world.clock())


def test_a_connection_that_fails_for_three_hours_is_told_once_until_it_works_again(
    world: World, teller: Teller
) -> None:
    for _ in range(3):
        fail(world, "news")
    assert teller.take() == []
    fail(world, "news")
    [notice] = teller.take()
    assert message_of(notice) == (
        "news cannot be looked at",
        "No look at it has succeeded since 2026-11-02 13:01 UTC: It is not there; check the address.\n"
        "To change it: the page World of the panel, or connections.toml\n"
        "To look again once it is mended: heartbeat look news",
    )
    fail(world, "news")
    assert teller.take() == []
    world.clock.move(hours=1, minutes=1)
    claim = world.store.write(inbox.claim, "news", "x", world.store.lease, world.clock(), seconds=60)
    assert claim is not None
    world.store.write(inbox.write, claim, FetchResult(), world.clock(), every=60, oldest=None)
    for _ in range(4):
        fail(world, "news")
    assert teller.kinds() == [NoticeKind.CONNECTION_FAILING]


def test_two_targets_that_are_down_are_two_notices(world: World, teller: Teller) -> None:
    bring_down(world, "masto")
    bring_down(world, "blog")
    told = [notice.data["target"] for notice in teller.take()]
    assert told == ["masto", "blog"]


def test_the_probe_of_the_owners_connection_is_the_notice_about_it(world: World, teller: Teller) -> None:
    """It goes to the connection itself and is never given up; the others are told that it is down."""
    bring_down(world, "phone")
    teller.take("phone", "mail")
    [probe] = teller.queued()
    assert probe.payload["title"] == "phone was not reached"
    assert "since 2026-11-02 12:40 UTC" in probe.payload["text"]
    [other] = teller.queued("mail")
    assert other.payload["title"] == "phone cannot be reached"
    world.clock.move(days=3)
    ask(world)
    teller.take("phone", "mail")
    titles = [row.payload["title"] for row in teller.queued()]
    assert titles == ["phone was not reached", "demo: approval needed"], "one probe at a time"
    assert attempted(world, probe, TryEnd.SENT).status == DeliveryStatus.SENT


def test_a_probe_that_nobody_knows_about_is_followed_by_another_a_day_later(
    world: World, teller: Teller
) -> None:
    """A connection with ``repeat = false``: a probe without an answer is not sent again."""
    bring_down(world, "phone")
    teller.take()
    [probe] = teller.queued()
    world.clock.move(hours=1)
    assert attempted(world, probe, TryEnd.PERHAPS).status == DeliveryStatus.UNKNOWN
    teller.take()
    assert teller.queued() == []
    world.clock.move(hours=23)
    teller.take()
    assert len(teller.queued()) == 1


def note_lines(world: World, thread_id: str | None = None, **data: Any) -> None:
    """Let lines have been read."""

    def note(session: Session) -> None:
        events.add(session, EventKind.PLAN_CHANGED, world.clock(), thread_id=thread_id, **data)

    world.store.write(note)


def test_lines_that_were_read_with_doubt_are_put_to_the_owner(world: World, teller: Teller) -> None:
    note_lines(world)
    assert teller.take() == []
    note_lines(world, unsure=[3, 7, 9], failed=[12])
    note_lines(world, "demo", unsure=[], failed=list(range(1, 13)))
    shared, own = teller.take()
    assert message_of(shared) == (
        "Please check how HEARTBEAT.md is read",
        "The model was not sure how to read lines 3, 7 and 9.\n"
        "Not followed, since no rule could be read from them: line 12.\n"
        "To see and correct it: the page of the text in the panel, or heartbeat plan",
    )
    assert message_of(own) == (
        "demo: please check how its text is read",
        "Not followed, since no rule could be read from them: lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more.\n"
        "To see and correct it: the page of the text in the panel, or heartbeat plan --thread demo",
    )


def test_a_time_that_was_missed_is_told_with_the_line_that_names_it(world: World, teller: Teller) -> None:
    lost = {"line": 3, "text": "Every day at 9:00, post", "at": "2026-11-02T08:00:00Z", "within": 5_400.0}
    note_lines(world, "demo", missed=[lost], timezone="Europe/Berlin")
    [notice] = teller.take()
    title, text = message_of(notice)
    assert title == "demo: a time was missed"
    assert text.startswith("Line 3 was not followed at ")
    assert "09:00" in text
    assert "Every day at 9:00, post" in text
    assert "within 90 minutes" in text
