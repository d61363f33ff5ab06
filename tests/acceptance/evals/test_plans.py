"""Cases that follow a plan: their gold, or what the model reads; a run goes on where one stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.case import Case
from evals.judge import judge
from evals.kept_model import KeptModel
from evals.load import Loaded, with_gold
from evals.play import Asked, Deed, ModelGoneError, PlanFrom, play
from evals.run import run
from heartbeat.errors import NotFoundError
from heartbeat_decision.model import OllamaModel
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama
from tests.support.plan_beats import PlanModel
from tests.unit.evals.cases import case, comment, message, post

MODEL = "llama3.2:latest"
SUMMARY = {
    "do": "post",
    "when": "new",
    "count": 2,
    "about": ["forum"],
    "where": "heartbeat",
    "how": "a summary",
}
VOTE = {"do": "vote_up", "when": "item", "question": "Is it a recipe?", "about": ["forum"]}
LINES = "- Two new posts: sum them up on heartbeat\n- Vote for recipes\n"
GOLD = {1: {"gold": [SUMMARY]}, 2: {"gold": [VOTE]}}
SOUP = post("p1", "2h", title="Soup", content="A recipe: leeks, cream.")


@pytest.fixture
def model(ollama: FakeOllama) -> PlanModel:
    made = PlanModel(meant={"a recipe": ("leeks",)}, fields={"title": "Two posts", "content": "Bo wrote."})
    ollama.answer = made
    return made


def played(given: Case, ollama: FakeOllama, kept: KeptModel, plan: PlanFrom = PlanFrom.GOLD) -> Deed:
    done = play(given, Asked(MODEL, ollama.url, plan=plan), kept)
    assert judge(given, done).right, done
    return done


def vote(**given: object) -> Case:
    expect = [{"action": "vote", "target": "p1", "direction": "up"}]
    return case(**{"instructions": LINES, "posts": [SOUP], "plan": GOLD, "expect": expect, **given})


def test_a_beat_follows_the_gold_plan(ollama: FakeOllama, model: PlanModel) -> None:
    done = played(vote(), ollama, KeptModel(OllamaModel()))
    assert (done.line, done.ordered, done.calls) == (2, True, 2)
    assert done.why[0].endswith("post: too_few (1, 0 to judge)")
    assert done.why[1].startswith("followed: ")
    assert done.prompt_tokens > 0
    assert ollama.readings == []


def test_what_was_followed_before_is_used_up(ollama: FakeOllama, model: PlanModel) -> None:
    posts = [post("p0", "3h", seen=True), post("p1", "2h", seen=True), post("p2", "1h")]
    given = case(
        instructions=LINES,
        posts=posts,
        plan=GOLD,
        followed=[{"line": 1, "age": "90m", "items": ["p0", "p1"]}],
    )
    assert played(given, ollama, KeptModel(OllamaModel())).line is None
    again = case(instructions=LINES, posts=posts, plan=GOLD)
    assert played(again, ollama, KeptModel(OllamaModel())).why[0].endswith("post: too_few (1, 0 to judge)")


def test_what_was_done_for_an_item_is_not_done_again(ollama: FakeOllama, model: PlanModel) -> None:
    given = vote(followed=[{"line": 2, "age": "1h", "items": ["p1"]}], expect=[{"action": "none"}])
    done = played(given, ollama, KeptModel(OllamaModel()))
    assert (done.line, done.calls) == (None, 0)


def test_orders_of_the_owner_have_gold_too(ollama: FakeOllama, model: PlanModel) -> None:
    hush = {1: {"gold": [{"do": "silent", "when": "always", "until_next": True}]}}
    told = [message("10m", content="Be silent until I write again")]
    done = played(
        vote(messages=told, said=hush, expect=[{"action": "none"}]), ollama, KeptModel(OllamaModel())
    )
    assert done.why[0].startswith("message-1-1 silent: silent")
    assert done.calls == 0


def test_a_beat_follows_what_the_model_reads(ollama: FakeOllama, model: PlanModel) -> None:
    ollama.reads = Reads({"Vote": ("upvote", "if", "forum", {"question": "Is it a recipe?"})})
    done = played(vote(), ollama, KeptModel(OllamaModel()), PlanFrom.READ)
    assert done.line == 2
    assert ollama.readings


def test_a_run_that_is_killed_goes_on(ollama: FakeOllama, model: PlanModel, tmp_path: Path) -> None:
    loaded = [Loaded("tuning", vote()), Loaded("tuning", case(
        name="sum", instructions=LINES, plan=GOLD,
        posts=[post("p1", "2h", comments=[comment()]), post("p2", "1h")],
        expect=[{"action": "post", "target": "heartbeat"}],
    ))]  # fmt: skip
    asked = Asked(MODEL, ollama.url, plan=PlanFrom.GOLD)
    first = run(loaded, asked, KeptModel(OllamaModel(), tmp_path / "answers.jsonl"))
    assert [each.verdict.right for each in first.results] == [True, True]
    # Items are judged before anything is written.
    assert (len(model.judged), len(model.wrote)) == (1, 1)
    model.forget()
    with (tmp_path / "answers.jsonl").open("a") as file:
        file.write('{"key": "what it was writ')
    kept = KeptModel(OllamaModel(), tmp_path / "answers.jsonl")
    second = run(loaded, asked, kept)
    assert second.results == first.results
    assert (model.judged, model.wrote, kept.fresh) == ([], [], 0)


def test_what_is_not_kept_is_put_off_while_words_are_asked(ollama: FakeOllama, model: PlanModel) -> None:
    kept = KeptModel(OllamaModel(), only=[("yes", "no")])
    two = case(instructions=LINES, posts=[post("p1"), post("p2")], plan=GOLD)
    with pytest.raises(ModelGoneError, match="only questions of another kind are asked now"):
        play(two, Asked(MODEL, ollama.url, plan=PlanFrom.GOLD), kept)
    assert model.wrote == []


def test_only_cases_with_gold_follow_gold() -> None:
    loaded = [Loaded("tuning", case()), Loaded("tuning", vote())]
    assert with_gold(loaded) == loaded[1:]
    with pytest.raises(NotFoundError, match="none of these cases has a gold plan"):
        with_gold(loaded[:1])
