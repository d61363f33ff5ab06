"""What would happen now: what a beat finds of its plan, without a call of the model and without a trace."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from sqlmodel import Session

from heartbeat.errors import NotFoundError
from heartbeat.plan.finding_view import RuleOfBeat
from heartbeat.plan.rule import PlacedBody, When
from heartbeat.plan.words import About, Do, RuleState, WhenKind
from heartbeat.store import threads
from heartbeat.vocabulary import Reason
from heartbeat_service.plan import correct, plan_of, read_now
from heartbeat_service.plan_now import NowView, plan_now
from tests.support.ollama import FakeOllama
from tests.support.original_file import TEXT, original, voting
from tests.support.plan_beats import PlanModel
from tests.support.world import World

AGREE = "Do we agree on green?"
VOTE_FIRST = "# Duties\n\n- Vote on consensus questions\n- If 3+ new posts → summarize.\n"


@pytest.fixture
def model() -> PlanModel:
    return voting()


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama, model: PlanModel) -> Iterator[World]:
    with original(tmp_path, ollama, model) as made:
        yield made


def now(world: World) -> NowView:
    """Return what would happen now, and see that looking left no trace."""
    before, calls = trace(world), (len(world.ollama.readings), len(world.ollama.calls))
    found = asyncio.run(plan_now(world.services, "demo"))
    assert trace(world) == before
    assert (len(world.ollama.readings), len(world.ollama.calls)) == calls
    return found


def trace(world: World) -> list[str]:
    """Return all that the database holds, row by row."""

    def read(session: Session) -> list[str]:
        tables = session.execute(sql("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        return [
            repr(tuple(row))
            for table in sorted(tables)
            for row in session.execute(sql(f'SELECT * FROM "{table}"'))
        ]

    return world.store.read(read)


def read(world: World) -> None:
    asyncio.run(read_now(world.services, "demo"))


def states(found: NowView) -> dict[int, RuleState]:
    return {rule.line: rule.state for rule in found.rules}


def test_what_would_be_judged_is_said_and_a_beat_then_finds_the_same(world: World, model: PlanModel) -> None:
    world.write(VOTE_FIRST)
    read(world)
    for title in ("Tea", "Cups"):
        world.post(title, f"I like {title}")
    assert now(world).says == "2 posts would be judged first. Whether anything is done depends on that."
    world.post("Pots", "I like pots")
    found = now(world)
    assert found.says == (
        "3 posts would be judged first. As far as is known without that, line 4 would be followed, about 3 posts: "
        "“If 3+ new posts → summarize.”"
    )
    assert (found.judged, found.ends) == (3, None)
    assert [rule.chosen for rule in found.rules] == [False] * len(found.rules)
    beat = world.beat()
    assert beat["status"] == "acted"
    assert len(model.judged) == 3


def test_items_that_the_guard_was_not_asked_about_are_judged_first(world: World, model: PlanModel) -> None:
    world.write("- If 3+ new posts → summarize.\n")
    read(world)
    for number in range(9):
        world.post(f"Post {number}")
    found = now(world)
    assert found.says.startswith(
        "3 posts would be judged first. As far as is known without that, line 1 would be"
    )
    assert found.judged == 3
    assert world.beat()["status"] == "acted"
    assert len(model.guarded) == 3


def test_kept_verdicts_are_used_and_what_is_found_is_what_a_beat_finds(world: World) -> None:
    read(world)
    world.post("Tea", "I like tea")
    world.beat()
    world.post("Cups", "I like tea")
    world.clock.move(minutes=5)
    world.thread("other")
    found = asyncio.run(plan_now(world.services, "other"))
    assert found.judged == 1
    world.beat(thread="other")
    world.clock.move(minutes=5)
    found = asyncio.run(plan_now(world.services, "demo"))
    assert found.judged == 0
    assert found.says == (
        "A beat would do nothing now. No rule is followed: line 9 needs more that is new (2 of 3); line 12 has "
        "nothing to follow it for."
    )
    beat = world.beat()
    assert tuple(world.detail(beat["id"]).rules) == found.rules


def test_the_rule_that_would_be_followed_is_named_with_what_it_is_about(
    world: World, model: PlanModel
) -> None:
    read(world)
    world.post("Colour", AGREE)
    world.post("Tea", "I like tea")
    world.thread("other", target="none")
    world.beat(thread="other")
    found = now(world)
    assert found.says == "Line 12 would be followed, about 1 post: “Vote on consensus questions”"
    assert [rule.line for rule in found.rules if rule.chosen] == [12]
    assert states(found)[9] == RuleState.TOO_FEW
    assert [rule.why for rule in found.rules if rule.chosen] == ["line 12 would be followed"]
    beat = world.beat()
    rules = world.detail(beat["id"]).rules
    assert [rule.why for rule in rules if rule.chosen] == ["line 12 was chosen"]
    assert [without_why(rule) for rule in rules] == [without_why(rule) for rule in found.rules]


def without_why(rule: RuleOfBeat) -> RuleOfBeat:
    return rule.model_copy(update={"why": ""}) if rule.chosen else rule


def test_what_a_rule_lacks_is_named(world: World) -> None:
    world.write("# Duties\n\n- Tell me when a mail comes\n")
    (line,) = plan_of(world.services).lines
    rule = PlacedBody(when=When(kind=WhenKind.NEW), about=(About.MAIL,), do=Do.TELL)
    correct(world.services, line.id, rules=[rule], by="ana")
    found = now(world)
    assert [rule.why for rule in found.rules] == ["line 3 cannot be followed: no connection can see mail"]


def test_what_keeps_a_beat_from_coming_is_said_beside_what_it_would_do(world: World) -> None:
    read(world)
    world.post()
    world.beat()
    world.configure(enabled=False, active_hours={"start": "20:00", "end": "21:00"})
    found = now(world)
    said = " ".join(each.sentence for each in found.obstacles)
    assert "It is switched off" in said
    assert "It is quiet until" in said
    assert "beaten too recently" in said
    assert found.obstacles[-1].until is not None
    assert found.rules
    world.clock.move(minutes=1)
    assert "beaten too recently" not in " ".join(each.sentence for each in now(world).obstacles)


def test_a_spent_budget_ends_a_beat_and_its_rules_are_shown_all_the_same(world: World) -> None:
    read(world)
    for title in ("Tea", "Cups", "Pots"):
        world.post(title, f"I like {title}")
    world.beat()
    world.configure(max_actions_per_day=1)
    found = now(world)
    assert found.ends == Reason.BUDGET_EXHAUSTED
    assert found.says.startswith("A beat would do nothing now. The thread has done 1 actions today")
    assert found.rules
    assert not any(rule.chosen for rule in found.rules)


def test_what_is_not_read_is_counted(world: World) -> None:
    world.post()
    found = now(world)
    assert found.ends == Reason.NOT_READ
    read(world)
    world.write(TEXT + "- Greet newcomers\n")
    world.owner("Please be silent until I write again.")
    world.clock.move(hours=1)
    found = now(world)
    assert (found.unread_lines, found.unread_messages, found.ends) == (1, 1, None)
    assert (
        "1 message of yours would be read first. Line 14 is not read yet, "
        "so nothing is done, and nothing kept from being done, for it." in found.says
    )
    assert not any(rule.chosen for rule in found.rules)


def test_a_model_that_is_away_ends_it_where_it_is_needed(world: World) -> None:
    read(world)
    world.post()
    world.ollama.models = ["another:1b"]
    world.clock.move(hours=1)
    found = now(world)
    assert found.ends == Reason.MODEL_UNREACHABLE
    world.configure(fallback="rules")
    assert now(world).ends == Reason.MODEL_UNREACHABLE, "no rule that needs no model is due"
    world.post()
    world.post()
    assert now(world).ends is None


def test_what_would_wait_for_approval_or_not_be_done_is_said(world: World) -> None:
    read(world)
    world.post("Colour", AGREE)
    world.thread("other", target="none")
    world.beat(thread="other")
    world.configure(approval="always")
    assert "It would wait for your approval" in now(world).says
    world.configure(dry_run=True)
    assert "the thread only decides (dry_run)" in now(world).says


def test_an_empty_text_and_a_thread_that_is_not_there(world: World) -> None:
    world.write("")
    found = now(world)
    assert (found.ends, found.says) == (
        Reason.EMPTY_INSTRUCTIONS,
        "A beat would do nothing now. HEARTBEAT.md asks for nothing.",
    )
    with pytest.raises(NotFoundError):
        asyncio.run(plan_now(world.services, "nobody"))


def test_a_refused_config_is_said(world: World) -> None:
    def spoil(session: Session) -> None:
        threads.get(session, "demo").overrides = {"every": "never"}

    world.store.write(spoil)
    found = now(world)
    assert found.says.startswith("A beat would do nothing now. It does not beat, since its config is refused")
    assert found.rules == ()


def test_where_beats_follow_no_plan_that_is_said(tmp_path: Path, ollama: FakeOllama) -> None:
    world = World(tmp_path, ollama, decision="whole")
    world.thread()
    world.post()
    found = now(world)
    assert found.says.startswith("Beats do not follow the plan")
    assert (found.rules, found.ends) == ((), None)
    world.close()
