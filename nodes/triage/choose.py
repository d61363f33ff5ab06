"""Finds the item that a line is about: chosen among all that are possible, then judged alone."""

from __future__ import annotations

from collections.abc import Sequence

from heartbeat.feed import Item
from nodes.prompts.answers import AboutAnswer, ChooseAnswer, MatchAnswer, WhatAnswer
from nodes.triage.asker import Asker
from nodes.triage.scene import Scene
from nodes.triage.words import SHOWN, alone, flat, listed, theirs

CHOICE_LIMIT = 30
"""Items among which is chosen, the newest."""
CHOICE_SIZE = 5_000
"""Bytes of these items in one question, about 1,700 tokens in any language."""


async def choose(line: str, items: Sequence[Item], scene: Scene, asker: Asker) -> Item | None:
    """Return the item that a line is about: chosen among all, then looked at alone."""
    titles = {it.id: it.title for it in scene.feed.walk() if it.kind == "post"}
    possible, shown = _newest([(item, listed(item, titles)) for item in items])
    if len(possible) > 1:
        numbered = [f"{number}. {text}" for number, text in enumerate(shown, 1)]
        asked = "\n".join([*numbered, f"Rule: {line}"])
        answer = await asker.ask("choose", asked, ChooseAnswer, ChooseAnswer.of(len(possible)))
        number = int(answer.number)
        possible = possible[number - 1 : number] if 0 < number <= len(possible) else []
    if not possible:
        return None
    item = possible[0]
    if item.mention and await _wants_mentions(line, scene, asker):
        return item
    spoken = "; it mentions the agent" if item.mention else "; it answers the agent" if item.reply else ""
    return item if await matches(line, item.title, alone(item), asker, spoken) else None


async def _wants_mentions(line: str, scene: Scene, asker: Asker) -> bool:
    """Whether a line is about whatever mentions the agent: that is known, and no matter of opinion."""
    about = (await asker.read("about", line, AboutAnswer)).about.lower()
    return "mention" in about or f"@{scene.agent}".lower() in about


async def matches(line: str, title: str, item: str, asker: Asker, known: str = "") -> bool:
    """Whether an item is of the kind a line is about; ``known`` is what is known of the item without a model.

    What each is, is asked apart: in one go a small model sees in the item what the line names.
    """
    what = theirs((await asker.judge("what", item, WhatAnswer)).what.rstrip("."))
    about = flat((await asker.read("about", line, AboutAnswer)).about.rstrip("."), SHOWN)
    named = f'"{theirs(title, 80)}", ' if title else ""
    asked = f"Item: {named}{what}{known}\nWanted: {about}"
    return (await asker.judge("match", asked, MatchAnswer)).match == "yes"


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
