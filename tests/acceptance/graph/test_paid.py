"""Every token paid is on the row, and the budget of the day is looked at before each call of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from heartbeat.decision_mode import DecisionMode
from heartbeat.store import beats, threads
from heartbeat.store.beats import Claim
from heartbeat.vocabulary import BeatStatus, Trigger
from heartbeat_decision.model import OllamaModel, Question, Reply
from tests.support.claiming import claim_due
from tests.support.ollama import Say, decision
from tests.support.plan_beats import PlanModel, follow, is_judging
from tests.support.world import World

INVALID = decision(action="post", board="general", title="", content="Words")
POST = decision(action="post", board="general", title="Tea", content="Words")


SUM_UP = "Sum up who reports a fault"
LINES = {SUM_UP: ("post", "if", "forum", {"question": "Does it report a fault?", "how": "a summary"})}


@pytest.fixture
def model(world: World) -> PlanModel:
    """Three posts to be judged, the newest first; the oldest reports a fault, and so a text is written."""
    world.thread()
    made = follow(world, LINES, meant={"fault": ("does not open",)}, title="Summary")
    world.post("Door", "The door does not open")
    world.post("Tea", "I like tea")
    world.post("Cups", "I like cups")
    return made


def garbage(_: Any) -> Say:
    return Say("Of course!")


def cut(_: Any) -> Say:
    return Say('{"is": "', done_reason="length")


def server_error(_: Any) -> Say:
    return Say(status=500, error="out of memory")


def gone_half_way(_: Any) -> Say:
    return Say("{", drop=True)


@pytest.mark.parametrize("how", [server_error, gone_half_way])
@pytest.mark.parametrize("nth", [1, 2, 4, 5])
def test_beat_that_fails_part_way_has_paid(
    world: World, model: PlanModel, nth: int, how: Callable[[Any], Say]
) -> None:
    """The first three questions are about items, the fourth is the guard's, the fifth is for the text."""
    world.ollama.answer = lambda body: how(body) if len(world.ollama.calls) == nth else model(body)
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("failed", "model_error")
    assert (beat["prompt_tokens"], beat["completion_tokens"]) == (100 * (nth - 1), 20 * (nth - 1))
    detail = world.detail(beat["id"])
    assert (detail.decision, detail.decided_by) == (None, None)
    world.ollama.answer = model
    asked = len(world.ollama.calls)
    assert world.beat()["status"] == "acted"
    assert len(world.ollama.calls) - asked == 6 - nth, "the verdicts that were paid for are kept"


@pytest.mark.parametrize("how", [garbage, cut])
def test_an_item_that_gets_neither_yes_nor_no_is_paid_for_and_left(
    world: World, model: PlanModel, how: Callable[[Any], Say]
) -> None:
    world.ollama.answer = lambda body: how(body) if len(world.ollama.calls) == 1 else model(body)
    beat = world.beat()
    assert (beat["status"], beat["prompt_tokens"]) == ("acted", 500)


def test_text_that_cannot_be_written_leaves_what_was_found(world: World, model: PlanModel) -> None:
    world.ollama.answer = lambda body: model(body) if is_judging(body) else server_error(body)
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("failed", "model_error")
    assert beat["prompt_tokens"] == 400
    [entry] = world.detail(beat["id"]).rounds
    assert [rule["state"] for rule in entry["rules"]] == ["due"]
    assert entry["problem"] == beat["summary"]


@pytest.mark.parametrize("fallback", ["none", "rules"])
def test_server_that_goes_away_part_way(world: World, model: PlanModel, fallback: str) -> None:
    world.configure(fallback=fallback)
    world.services = replace(world.services, model=GoneAfter(2))
    beat = world.beat()
    assert beat["prompt_tokens"] == 200
    assert world.posts() == []


class GoneAfter(OllamaModel):
    """A server that goes away after some calls."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls

    async def ask(self, question: Question) -> Reply:
        if not self.left:
            question = replace(question, url="http://127.0.0.1:9")
        self.left -= 1
        return await super().ask(question)


def test_process_that_dies_part_way_has_paid(world: World, model: PlanModel) -> None:
    class Died(BaseException):
        pass

    class Dies(OllamaModel):
        async def ask(self, question: Question) -> Reply:
            if len(world.ollama.calls) == 3:
                raise Died
            return await super().ask(question)

    world.services = replace(world.services, model=Dies())
    with pytest.raises(Died):
        world.beat()
    row = world.history()[0]
    assert (row.status, row.prompt_tokens, row.completion_tokens) == ("running", 300, 60)


def test_error_of_another_sort_part_way(
    world: World, model: PlanModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise TypeError("broken")

    monkeypatch.setattr("nodes.follow.choose", broken)
    beat = world.beat()
    assert (beat["status"], beat["reason"]) == ("failed", "internal")


@pytest.mark.parametrize("decision", ["plan", "whole"])
def test_tokens_of_a_reply_that_never_ends_are_paid(world: World, model: PlanModel, decision: str) -> None:
    """The server has told what it took; then the connection stays open until the time is up."""
    settings = world.settings.model_copy(update={"decision": DecisionMode(decision)})
    world.services = replace(world.services, settings=settings)
    over = Event()
    world.ollama.answer = lambda _: Say("{}", linger=over)
    world.clock.move(seconds=30)
    beat = world.graph.invoke({"thread": "demo"}, context=world.context(model_timeout=1))["beat"]
    over.set()
    assert (beat["status"], beat["reason"]) == ("failed", "model_timeout")
    assert (beat["prompt_tokens"], beat["completion_tokens"]) == (100, 20)


@pytest.mark.one_question  # the repair of a whole decision
def test_repair_that_fails_leaves_both(world: World) -> None:
    world.thread()
    world.ollama.says(INVALID, Say(status=500, error="out of memory"))
    beat = world.beat()
    assert (beat["status"], beat["reason"], beat["prompt_tokens"]) == ("failed", "model_error", 100)
    assert len(world.detail(beat["id"]).rounds) == 1


def test_beat_taken_over_after_its_text_failed_asks_nobody_again(world: World, model: PlanModel) -> None:
    class Died(BaseException):
        pass

    def probe(point: str) -> None:
        if point == "before:settle":
            raise Died

    world.ollama.answer = lambda body: model(body) if is_judging(body) else server_error(body)
    world.probe = probe
    opened = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
    assert isinstance(opened, Claim)
    with pytest.raises(Died):
        world.go_on(opened.beat_id)
    world.probe = lambda _: None
    world.ollama.calls.clear()
    world.clock.move(seconds=31)
    beat = world.go_on(opened.beat_id)
    assert (beat["status"], beat["reason"], world.ollama.calls) == ("failed", "model_error", [])


# The budget.


def test_budget_is_looked_at_before_each_verdict(world: World, model: PlanModel) -> None:
    world.configure(daily_token_budget=1000)
    world.ollama.answer = lambda body: replace(model(body), prompt_tokens=400, completion_tokens=100)
    beat = world.beat()
    assert len(model.judged) == 2
    assert (beat["status"], beat["reason"]) == ("skipped", "budget_exhausted")
    assert beat["summary"] == (
        "The thread has used 1000 tokens today; its budget is 1000. It is free again Tue 2026-11-03 00:00 UTC."
    )
    assert (beat["prompt_tokens"], beat["completion_tokens"]) == (800, 200)
    assert world.posts() == []
    world.clock.move(days=1)
    world.ollama.answer = model
    assert world.beat()["status"] == "acted", "what it had not come to is new still"


@pytest.mark.one_question  # the repair of a whole decision
def test_budget_is_looked_at_before_a_repair(world: World) -> None:
    world.thread(daily_token_budget=1000)
    world.ollama.says(Say(INVALID, prompt_tokens=900, completion_tokens=100), POST)
    beat = world.beat()
    assert (beat["status"], beat["reason"], beat["prompt_tokens"]) == ("skipped", "budget_exhausted", 900)
    assert len(world.ollama.calls) == 1
    assert len(world.detail(beat["id"]).rounds) == 1


@pytest.mark.one_question  # replies with a whole decision
def test_decision_that_used_the_budget_up_is_done(world: World) -> None:
    """It is paid for; to ask again tomorrow would cost as much."""
    world.thread(daily_token_budget=1000)
    world.ollama.says(Say(POST, prompt_tokens=5000))
    assert world.beat()["status"] == "acted"
    assert world.beat()["reason"] == "budget_exhausted"


@pytest.mark.one_question  # the repair of a whole decision
def test_retries_end_where_the_budget_ends(world: World) -> None:
    world.thread(every=86400, daily_token_budget=1000)
    world.ollama.default = Say("no JSON", prompt_tokens=300, completion_tokens=0)
    slot = world.store.read(threads.get, "demo").next_due
    assert slot is not None
    world.clock.now = slot
    ends = []
    while True:
        opened = world.store.write(claim_due, "demo", slot, world.clock(), lease=world.store.lease)
        assert isinstance(opened, Claim)
        ends.append(world.go_on(opened.beat_id)["reason"])
        row = world.store.read(beats.get, opened.beat_id)
        if row.retry_at is None:
            break
        world.clock.now = row.retry_at + timedelta(seconds=1)
    assert ends == ["invalid_decision", "invalid_decision", "budget_exhausted"]
    assert (row.status, row.prompt_tokens) == ("skipped", 1200)
    assert [attempt["reason"] for attempt in row.attempts] == ["invalid_decision"] * 2
    assert len(world.ollama.calls) == 4


def test_beat_that_somebody_ended_is_not_paid_for(world: World) -> None:
    world.thread()

    def probe(point: str) -> None:
        if point == "inside:decide":
            claim = Claim(1, world.history()[0].fence)
            world.store.write(beats.give_up, claim, beats.Outcome(BeatStatus.NONE, "Ended."), world.clock())

    world.probe = probe
    beat = world.beat()
    assert (beat["status"], beat["summary"]) == ("none", "Ended.")
    assert world.ollama.calls == []
