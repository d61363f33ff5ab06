"""Finds the item that a line is about: chosen among all that are possible, then judged alone."""

from __future__ import annotations

from collections.abc import Sequence

from heartbeat.feed import Item
from heartbeat_decision.prompts.answers import AboutAnswer, ChooseAnswer, MatchAnswer
from heartbeat_decision.triage.asker import Asker
from heartbeat_decision.triage.facts import known
from heartbeat_decision.triage.scene import Scene
from heartbeat_decision.triage.sentences import unsteered
from heartbeat_decision.triage.words import SHOWN, alone, flat, listed

CHOICE_LIMIT = 30
"""Items among which is chosen, the newest."""
CHOICES = 2
"""How often is chosen, before the line counts as about none."""
CHOICE_SIZE = 5_000
"""Bytes of these items in one question, about 1,700 tokens in any language."""


async def choose(
    line: str, items: Sequence[Item], scene: Scene, asker: Asker, *, acts: bool = True
) -> Item | None:
    """Return the item that a line is about: chosen among all, then looked at alone.

    Where the first that is chosen is another, the choice is made once more without it. Nothing is chosen where code
    knows of every item whether it is the one: then the newest is taken.
    """
    if len(items) > 1:
        question = (await asker.read("about", line, AboutAnswer)).question
        facts = [known(question, item, scene.agent) for item in items]
        if None not in facts:
            theirs = [item for item, fact in zip(items, facts, strict=True) if fact]
            return await _newest_that_matches(line, theirs, scene, asker, acts=acts)
    titles = {it.id: it.title for it in scene.feed.walk() if it.kind == "post"}
    left = [(item, listed(item, titles)) for item in items]
    for _ in range(CHOICES):
        chosen = await _chosen(line, left, asker)
        if chosen is None:
            return None
        if await matches(line, chosen, scene, asker, acts=acts):
            return chosen
        left = [(item, text) for item, text in left if item is not chosen]
    return None


async def _newest_that_matches(
    line: str, items: Sequence[Item], scene: Scene, asker: Asker, *, acts: bool
) -> Item | None:
    for item in sorted(items, key=lambda it: (it.created_at, it.position), reverse=True)[:CHOICE_LIMIT]:
        if await matches(line, item, scene, asker, acts=acts):
            return item
    return None


async def _chosen(line: str, items: Sequence[tuple[Item, str]], asker: Asker) -> Item | None:
    possible, shown = _newest(items)
    if len(possible) <= 1:
        return possible[0] if possible else None
    numbered = [f"{number}. {text}" for number, text in enumerate(shown, 1)]
    asked = "\n".join([*numbered, f"Rule: {line}"])
    answer = await asker.ask("choose", asked, ChooseAnswer, ChooseAnswer.of(len(possible)))
    number = int(answer.number)
    return possible[number - 1] if 0 < number <= len(possible) else None


async def matches(line: str, item: Item, scene: Scene, asker: Asker, *, acts: bool = True) -> bool:
    """Whether an item is what a line is about: the question of the line is asked of it alone.

    Of the line itself a small model would see in the item what the line names. A condition that something is missing
    is a question of its own, since small models overlook a "without"; and what is known is not asked. What is true
    has to be true without the sentences too that tell a bot what to do: nobody talks the agent into an act. Silence
    is none (``acts``), and a post that asks for it may well be an order.
    """
    about = await asker.read("about", line, AboutAnswer)
    if not await _holds(about, item, scene, asker):
        return False
    plain = await unsteered(item, asker) if acts and not item.own else item
    return plain == item or await _holds(about, plain, scene, asker)


async def _holds(about: AboutAnswer, item: Item, scene: Scene, asker: Asker) -> bool:
    async def is_true(question: str) -> bool:
        fact = known(question, item, scene.agent)
        if fact is not None:
            return fact
        asked = f"{alone(item)}\nQuestion: {flat(question, SHOWN)}"
        return (await asker.judge("match", asked, MatchAnswer)).says(question)

    return await is_true(about.question) and not (about.unless and await is_true(about.unless))


def _newest(listed: Sequence[tuple[Item, str]]) -> tuple[list[Item], list[str]]:
    """Return the newest items and their texts, as many as a question holds, the oldest of them first."""
    kept: list[tuple[Item, str]] = []
    size = 0
    for item, text in sorted(listed, key=lambda pair: pair[0].created_at, reverse=True)[:CHOICE_LIMIT]:
        size += len(text.encode())
        if size > CHOICE_SIZE and kept:
            break
        kept.insert(0, (item, text))
    return [item for item, _ in kept], [text for _, text in kept]
