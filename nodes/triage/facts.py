"""What code knows of an item: who wrote it, its title, which marks it holds, and whether it mentions the agent."""

from __future__ import annotations

import re

from heartbeat.feed import Item

_BY = re.compile(r"(?i)is it (?:written |posted )?by @?(?P<author>[^\s,?]+)\?")
_TITLE_IS = re.compile(r"(?i)is its title (?P<words>[\"'`“„«].+?[\"'`”“»])\?")
_TITLE_HOLDS = re.compile(r"(?i)does its title (?:hold|contain) (?:the words? )?(?P<words>.+?)\?")
_HOLDS = re.compile(r"(?i)does it (?:hold|contain) (?P<words>\[[^\]]+\]|[\"'`“„«][^\"'`”“»]+[\"'`”“»])\?")
_MENTIONS = re.compile(r"(?i)does it mention (?P<name>.+?)\?")
_AROUND = " \t\"'`“”„«».,"


def known(question: str, item: Item, agent: str) -> bool | None:
    """Answer a question of the forms that about.yaml teaches where the answer is a fact; ``None`` where it is not."""
    question = question.strip()
    if asked := _BY.fullmatch(question):
        return _plain(asked["author"]) == _plain(item.author)
    if (asked := _TITLE_IS.fullmatch(question)) and _plain(asked["words"]):
        words = _plain(asked["words"])
        return words == _plain(item.title) or f"[{words}]" in item.title.casefold()
    if (asked := _TITLE_HOLDS.fullmatch(question)) and _plain(asked["words"]):
        return _plain(asked["words"]) in _plain(item.title)
    if (asked := _HOLDS.fullmatch(question)) and _plain(asked["words"]):
        return _plain(asked["words"]) in f"{item.title}\n{item.content}".casefold()
    asked = _MENTIONS.fullmatch(question)
    if asked and _plain(asked["name"]) in (f"@{agent}".lower(), agent.lower(), "the agent", "you"):
        return item.mention
    return None


def _plain(text: str) -> str:
    return text.strip(_AROUND).casefold()
