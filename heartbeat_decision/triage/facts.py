"""What code knows of an item: who wrote it, its title, which marks it holds, and whether it mentions the agent."""

from __future__ import annotations

import re

from heartbeat.feed import Item
from heartbeat.folding import fold

_BY = re.compile(r"(?i)is it (?:written |posted )?by @?(?P<author>[^\s,?]+)\?")
_TITLE_IS = re.compile(r"(?i)is its title (?P<words>[\"'`“„«].+?[\"'`”“»])\?")
_TITLE_HOLDS = re.compile(r"(?i)(?:does|is) its title (?:hold|contain) (?:the words? )?(?P<words>.+?)\?")
_HOLDS = re.compile(r"(?i)does it (?:hold|contain) (?P<mark>\[[^\]\s]+\])\?")
_MENTIONS = re.compile(r"(?i)does it mention (?P<name>.+?)\?")
_NOBODY = frozenset(("him", "her", "them", "you", "me", "us", "somebody", "someone", "anybody", "anyone"))
"""Words in the place of an author that name none."""
_AROUND = " \t\"'`“”„«».,"


def known(question: str, item: Item, agent: str) -> bool | None:
    """Answer a question of the forms that about.yaml teaches where the answer is a fact; ``None`` where it is not."""
    question = question.strip()
    if (asked := _BY.fullmatch(question)) and _plain(asked["author"]) not in _NOBODY:
        return _plain(asked["author"]) == _plain(item.author)
    if (asked := _TITLE_IS.fullmatch(question)) and _plain(asked["words"]):
        words = _plain(asked["words"])
        return words == _plain(item.title) or fold(item.title).startswith(f"[{words}]")
    if (asked := _TITLE_HOLDS.fullmatch(question)) and _plain(asked["words"]):
        return _plain(asked["words"]) in _plain(item.title)
    if asked := _HOLDS.fullmatch(question):
        return fold(asked["mark"]) in fold(f"{item.title}\n{item.content}")
    asked = _MENTIONS.fullmatch(question)
    if asked and _plain(asked["name"]) in (fold(f"@{agent}"), fold(agent), "the agent", "you"):
        return item.mention
    return None


def _plain(text: str) -> str:
    return fold(text.strip(_AROUND))
