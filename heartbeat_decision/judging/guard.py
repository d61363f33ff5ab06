"""The guard: whether a text tells an agent, or whoever processes it, what to do.

It is asked of the text alone, since what kind of item it is weighs more with a small model than what it says.
"""

from __future__ import annotations

import hashlib
from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from heartbeat.feed import Item
from heartbeat.plan.verdict import Verdict
from heartbeat_decision.asking import Ask, ShortQuestion, Turn
from heartbeat_decision.judging.examples import FOLDER
from heartbeat_decision.judging.judge import verdict_of
from heartbeat_decision.judging.lines import text_of

STEERS, PLAIN = "bots", "people"
SYSTEM = FOLDER / "guard.txt"
EXAMPLES = FOLDER / "guard.yaml"
LONGEST = 1_200
"""Characters of a text that are looked at: all that whoever writes a text is shown of one item."""
_ASKED = "Whom does it speak to?"


class _Example(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    steers: bool


async def guard(item: Item, ask: Ask) -> Verdict:
    """Return whether an item tells an agent what to do; it takes one call and one generated token.

    Raises:
        UnjudgedError: the model answered with neither of the two words.
    """
    return verdict_of(await ask(guard_question(item)), STEERS, PLAIN)


def guarded_hash(item: Item) -> str:
    """Return a hash of all that the guard sees of an item."""
    return hashlib.sha256(text_of(item, LONGEST).encode("utf-8", "surrogatepass")).hexdigest()


def guard_question(item: Item) -> ShortQuestion:
    """Return the chat that asks whether an item tells an agent what to do; the answer is `STEERS` or `PLAIN`."""
    return ShortQuestion((*fixed(), ("user", _asked(text_of(item, LONGEST)))), options=(STEERS, PLAIN))


def _asked(text: str) -> str:
    return f"Text: {text}\n\n{_ASKED}"


@cache
def fixed() -> tuple[Turn, ...]:
    """Return what stands before every item: what is asked, and worked examples."""
    turns: list[Turn] = [("system", SYSTEM.read_text("utf-8").strip())]
    for each in TypeAdapter(tuple[_Example, ...]).validate_python(
        yaml.safe_load(EXAMPLES.read_text("utf-8"))
    ):
        turns += [("user", _asked(each.text)), ("assistant", STEERS if each.steers else PLAIN)]
    return tuple(turns)
