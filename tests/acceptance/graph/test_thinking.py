"""Models that think: they are asked so that an answer comes, and what does not serve is left out from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from graph.heartbeat import graph
from heartbeat_decision.thinking import THINKING_TOKENS
from tests.support.ollama import Say, decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # how a whole decision is thought over, and its repair

NONE = decision(action="none", reasoning="Quiet.")
THINKS = {"capabilities": ["completion", "thinking"]}
LEVELS = {**THINKS, "thinking": {"values": ["low", "medium", "high"], "default": "medium"}}


@dataclass
class Thinker:
    """A model that thinks, unless ``think`` is one of ``off``; it refuses what is in ``refuses``.

    Where it thinks, it comes to an answer if it has the room, and where ``think`` is in ``prose``, the answer has no
    form.
    """

    off: tuple[object, ...] = (False,)
    refuses: dict[object, str] = field(default_factory=dict)
    prose: tuple[object, ...] = ()
    needs: int = 10_000
    done_reason: str = "stop"

    def __call__(self, body: dict[str, Any]) -> Say:
        think = body.get("think")
        if think in self.refuses and "think" in body:
            return Say(status=400, error=self.refuses[think])
        if "think" in body and think in self.prose:
            return Say("Nothing is to be done today.", done_reason=self.done_reason)
        if "think" in body and think in self.off:
            return Say(NONE)
        if body["options"]["num_predict"] > self.needs:
            return Say(NONE, thinking="Let me think.")
        return Say(thinking="Let me think. " * 40, done_reason=self.done_reason, completion_tokens=500)


def beat(world: World, **context: Any) -> dict[str, Any]:
    world.clock.move(seconds=30)
    world.post()
    result: dict[str, Any] = graph.invoke({"thread": "demo"}, context=world.context(**context))["beat"]
    return result


def sent(world: World) -> list[object]:
    """What was sent for ``think`` in each call; ``...`` where nothing was."""
    return [call.get("think", ...) for call in world.ollama.calls]


CASES: dict[str, tuple[dict[str, Any] | None, Thinker, list[object], list[object]]] = {
    # What the server shows, how the model behaves, what is sent in the first beat, and in the second.
    "told": (THINKS, Thinker(), [False], [False]),
    "told by values": ({"thinking": {"values": [True, False], "default": True}}, Thinker(), [False], [False]),
    "not told": (None, Thinker(), [..., False], [False]),
    "not told, by a server that tells of others": ({"capabilities": []}, Thinker(), [..., False], [False]),
    "not told, until the tokens run out": (None, Thinker(done_reason="length"), [..., False], [False]),
    "thinks briefly": (None, Thinker(needs=100), [...], [False]),
    "only levels": (LEVELS, Thinker(off=(), needs=THINKING_TOKENS), ["low"], ["low"]),
    "only levels, minimal": (
        {"thinking": {"values": ["minimal", "high"], "default": "high"}},
        Thinker(off=(), needs=THINKING_TOKENS),
        ["minimal"],
        ["minimal"],
    ),
    "gpt-oss of an older server": (
        {**THINKS, "details": {"family": "gptoss"}},
        Thinker(off=(), needs=THINKING_TOKENS),
        ["low"],
        ["low"],
    ),
    "off is not heard": (THINKS, Thinker(off=("low",)), [False, "low"], ["low"]),
    "off is refused": (
        THINKS,
        Thinker(off=(), needs=THINKING_TOKENS, refuses={False: '"qwen3" does not support thinking'}),
        [False, ...],
        [...],
    ),
    "off is refused where only levels are known": (
        THINKS,
        Thinker(
            off=("low",), refuses={False: 'invalid think value: false (must be "high", "medium", "low")'}
        ),
        [False, "low"],
        ["low"],
    ),
    "a level is refused": (
        LEVELS,
        Thinker(
            off=(),
            needs=THINKING_TOKENS,
            refuses={"low": 'think value "low" is not supported for this model'},
        ),
        ["low", ...],
        [...],
    ),
    "off breaks the format": (THINKS, Thinker(prose=(False,), needs=THINKING_TOKENS), [False, ...], [...]),
    "off breaks the format, and is cut": (
        THINKS,
        Thinker(prose=(False,), needs=THINKING_TOKENS, done_reason="length"),
        [False, ...],
        [...],
    ),
    "not told, and off breaks the format": (
        None,
        Thinker(prose=(False,), needs=THINKING_TOKENS),
        [..., False, ...],
        [...],
    ),
}


@pytest.mark.parametrize(("shown", "model", "first", "second"), CASES.values(), ids=CASES)
def test_a_model_that_thinks_comes_to_its_decision(
    world: World,
    shown: dict[str, Any] | None,
    model: Thinker,
    first: list[object],
    second: list[object],
) -> None:
    world.thread()
    world.ollama.shown = shown
    world.ollama.answer = model
    assert (beat(world)["status"], sent(world)) == ("none", first)
    world.ollama.calls.clear()
    assert (beat(world)["status"], sent(world)) == ("none", second), "it is remembered"
    assert world.ollama.shows == 1


def test_every_token_of_every_call_is_on_the_row(world: World) -> None:
    world.thread()
    world.ollama.shown = None
    world.ollama.answer = Thinker()
    done = beat(world)
    assert (done["prompt_tokens"], done["completion_tokens"]) == (200, 520)


def test_a_failure_of_the_second_manner_loses_no_tokens(world: World) -> None:
    world.thread()
    world.ollama.shown = None
    world.ollama.says(Say(thinking="Hm. ", completion_tokens=500), Say(status=500, error="out of memory"))
    done = beat(world)
    assert (done["status"], done["reason"]) == ("failed", "model_error")
    assert (done["prompt_tokens"], done["completion_tokens"]) == (100, 500)


def test_the_budget_is_looked_at_before_the_second_manner(world: World) -> None:
    world.thread(daily_token_budget=1000)
    world.ollama.shown = None
    world.ollama.default = Say(thinking="Hm. ", completion_tokens=950)
    done = beat(world)
    assert (done["status"], done["reason"]) == ("skipped", "budget_exhausted")
    assert len(world.ollama.calls) == 1


@pytest.mark.parametrize("reason", ["stop", "length"])
def test_the_failure_names_the_thinking(world: World, reason: str) -> None:
    world.thread()
    world.ollama.shown = LEVELS
    world.ollama.answer = Thinker(off=(), done_reason=reason)
    done = beat(world)
    assert (done["status"], done["reason"]) == ("failed", "invalid_decision")
    assert "spent its tokens on thinking" in done["summary"]
    assert "max_tokens" in done["summary"]


def test_there_is_room_for_thinking_where_it_cannot_be_turned_off(world: World) -> None:
    world.thread()
    beat(world)
    plain = world.ollama.calls[-1]["options"]
    world.services.model._thinking_modes.clear()  # type: ignore[attr-defined]
    world.ollama.shown = LEVELS
    beat(world)
    roomy = world.ollama.calls[-1]["options"]
    assert roomy["num_predict"] == plain["num_predict"] + THINKING_TOKENS
    assert roomy["num_ctx"] >= plain["num_ctx"] + THINKING_TOKENS


@pytest.mark.parametrize(
    "shown",
    [
        {"capabilities": ["completion", "tools"]},
        {},
        None,
        {"capabilities": None, "details": 3, "thinking": "yes"},
        {"capabilities": "thinking"},
        {"thinking": {"values": [False], "default": False}},
    ],
)
def test_nothing_is_sent_to_a_model_that_does_not_think(world: World, shown: dict[str, Any] | None) -> None:
    world.thread()
    world.ollama.shown = shown
    beat(world)
    (call,) = world.ollama.calls
    assert set(call) <= {"model", "messages", "stream", "format", "options", "tools"}
    assert "think" not in call
    assert call["options"]["num_predict"] == 500


@pytest.mark.parametrize("text", ["", "no JSON"])
def test_a_poor_reply_of_a_model_that_does_not_think_is_not_asked_for_twice(world: World, text: str) -> None:
    world.thread()
    world.ollama.shown = None
    world.ollama.says(text)
    beat(world)
    assert sent(world) == [..., ...], "the question and its repair"


def test_an_error_that_is_not_about_thinking_is_not_asked_again(world: World) -> None:
    world.thread()
    world.ollama.shown = THINKS
    world.ollama.default = Say(status=400, error="invalid options")
    assert beat(world)["reason"] == "model_error"
    assert len(world.ollama.calls) == 1


def test_what_is_remembered_of_one_model_is_no_matter_to_another(world: World) -> None:
    world.ollama.models.append("other:1b")
    world.ollama.shown = None
    say: Callable[[dict[str, Any]], Say] = Thinker()
    world.ollama.answer = lambda body: Say(NONE) if body["model"] == "other:1b" else say(body)
    world.thread()
    beat(world)
    beat(world, model="other:1b")
    assert sent(world) == [..., False, ...]
