"""Every token paid is on the row, and the budget of the day is looked at before each call of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from heartbeat.store import beats, due, threads
from heartbeat.store.beats import Claim
from heartbeat.vocabulary import BeatStatus, Trigger
from heartbeat_decision.model import OllamaModel, Question, Reply
from tests.support.ollama import Say, decision
from tests.support.reading import Reader
from tests.support.world import World

RULES = "- one\n- two\n- look at poems and vote up"
INVALID = decision(action="post", board="general", title="", content="Words")
POST = decision(action="post", board="general", title="Tea", content="Words")


@pytest.fixture
def reader(triaged: World) -> Reader:
    made = Reader(lines={"look at poems and vote up": "up"}, fitting=("Poem",))
    triaged.ollama.answer = made
    triaged.write(RULES)
    triaged.post("Poem")
    return made


def garbage(_: Any) -> Say:
    return Say("{}")


def cut(_: Any) -> Say:
    return Say('{"is": "', done_reason="length")


def server_error(_: Any) -> Say:
    return Say(status=500, error="out of memory")


def gone_half_way(_: Any) -> Say:
    return Say("{", drop=True)


FAILURES: dict[str, tuple[Callable[[Any], Say], str, int]] = {
    "no answer": (garbage, "model_error", 1),
    "cut": (cut, "model_error", 1),
    "error": (server_error, "model_error", 0),
    "dropped": (gone_half_way, "model_error", 0),
}
"""How a question fails, the reason of the beat, and whether its own tokens are known."""


@pytest.mark.parametrize(("how", "reason", "known"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("name", ["label", "about", "match"])
def test_triage_that_fails_part_way_leaves_its_steps_and_tokens(
    triaged: World, reader: Reader, name: str, how: Callable[[Any], Say], reason: str, known: int
) -> None:
    reader.say[name] = how
    beat = triaged.beat()
    assert (beat["status"], beat["reason"]) == ("failed", reason)
    answered = len(reader.calls) - 1 + known
    assert (beat["prompt_tokens"], beat["completion_tokens"]) == (100 * answered, 20 * answered)
    detail = triaged.detail(beat["id"])
    [entry] = detail.rounds
    assert [step["name"] for step in entry["steps"]] == reader.asked
    assert "problem" in entry["steps"][-1]["answer"]
    assert not any("problem" in step["answer"] for step in entry["steps"][:-1])
    assert entry["prompt_tokens"] == beat["prompt_tokens"]
    assert entry["problem"] == beat["summary"]
    assert (detail.decision, detail.decided_by) == (None, None)


def test_text_that_cannot_be_written_leaves_what_came_before_it(triaged: World, reader: Reader) -> None:
    triaged.write("- Write about tea")
    reader.lines = {"Write about tea": "post"}
    reader.say["writing"] = server_error
    beat = triaged.beat()
    assert (beat["status"], beat["reason"]) == ("failed", "model_error")
    assert len(reader.calls) > 2
    assert beat["prompt_tokens"] == 100 * (len(reader.calls) - 1)
    assert len(triaged.detail(beat["id"]).rounds[0]["steps"]) == len(reader.calls) - 1


@pytest.mark.parametrize("fallback", ["none", "rules"])
def test_server_that_goes_away_part_way(triaged: World, reader: Reader, fallback: str) -> None:
    triaged.configure(fallback=fallback)
    model = GoneAfter(2)
    triaged.services = replace(triaged.services, model=model)
    beat = triaged.beat()
    assert beat["reason"] == (None if fallback == "rules" else "model_unreachable")
    assert beat["prompt_tokens"] == 200
    [entry] = triaged.detail(beat["id"]).rounds
    assert len(entry["steps"]) == 3


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


def test_process_that_dies_part_way_has_paid(triaged: World, reader: Reader) -> None:
    class Died(BaseException):
        pass

    class Dies(OllamaModel):
        async def ask(self, question: Question) -> Reply:
            if len(reader.calls) == 3:
                raise Died
            return await super().ask(question)

    triaged.services = replace(triaged.services, model=Dies())
    with pytest.raises(Died):
        triaged.beat()
    row = triaged.history()[0]
    assert (row.status, row.prompt_tokens, row.completion_tokens) == ("running", 300, 60)


def test_error_of_another_sort_part_way(
    triaged: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise TypeError("broken")

    monkeypatch.setattr("nodes.decide.decision_of", broken)
    beat = triaged.beat()
    assert (beat["status"], beat["reason"]) == ("failed", "internal")
    assert beat["prompt_tokens"] == 100 * len(reader.calls) > 0
    assert triaged.detail(beat["id"]).rounds[0]["steps"]


@pytest.mark.parametrize("triage", [False, True])
def test_tokens_of_a_reply_that_never_ends_are_paid(triaged: World, reader: Reader, triage: bool) -> None:
    """The server has told what it took; then the connection stays open until the time is up."""
    settings = triaged.settings.model_copy(update={"triage": triage})
    triaged.services = replace(triaged.services, settings=settings)
    over = Event()
    triaged.ollama.answer = lambda _: Say("{}", linger=over)
    triaged.clock.move(seconds=30)
    beat = triaged.graph.invoke({"thread": "demo"}, context=triaged.context(model_timeout=1))["beat"]
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


def test_beat_taken_over_after_its_decision_failed_asks_nobody_again(triaged: World, reader: Reader) -> None:
    class Died(BaseException):
        pass

    def probe(point: str) -> None:
        if point == "before:settle":
            raise Died

    reader.say["match"] = garbage
    triaged.probe = probe
    opened = triaged.store.open_beat("demo", Trigger.MANUAL, None, triaged.clock(), supervised=True)
    assert isinstance(opened, Claim)
    with pytest.raises(Died):
        triaged.go_on(opened.beat_id)
    triaged.probe = lambda _: None
    reader.forget()
    triaged.clock.move(seconds=31)
    beat = triaged.go_on(opened.beat_id)
    assert (beat["status"], beat["reason"], reader.calls) == ("failed", "model_error", [])


# The budget.


def test_budget_is_looked_at_before_each_small_question(triaged: World, reader: Reader) -> None:
    triaged.configure(daily_token_budget=1000)
    reader.say["label"] = lambda body: replace(say(reader, body), prompt_tokens=400, completion_tokens=100)
    beat = triaged.beat()
    assert reader.asked == ["label", "label"]
    assert (beat["status"], beat["reason"]) == ("skipped", "budget_exhausted")
    assert beat["summary"] == (
        "The thread has used 1000 tokens today; its budget is 1000. It is free again Tue 2026-11-03 00:00 UTC."
    )
    assert (beat["prompt_tokens"], beat["completion_tokens"]) == (800, 200)
    assert len(triaged.detail(beat["id"]).rounds[0]["steps"]) == 2
    assert triaged.posts() == []
    triaged.clock.move(days=1)
    reader.say.clear()
    assert triaged.beat()["status"] == "acted", "what it had not come to is new still"


def say(reader: Reader, body: dict[str, Any]) -> Say:
    return Say(reader._answer("label", body))


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
        opened = world.store.write(due.claim, "demo", slot, world.clock(), lease=world.store.lease)
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
