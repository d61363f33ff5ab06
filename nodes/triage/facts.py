"""What code knows of an item: who wrote it, its title, and whether it mentions the agent."""

from __future__ import annotations

import re

from heartbeat.feed import Item

_BY = re.compile(r"(?i)is it (?:written |posted )?by (?P<author>.+?)\?")
_TITLE = re.compile(r"(?i)(?:does|is) its title (?:hold |contain |named |called )?(?P<words>.+?)\?")
_MENTIONS = re.compile(r"(?i)does it mention (?P<name>.+?)\?")
_AROUND = " \t\"'`“”„«».,"


def known(question: str, item: Item, agent: str) -> bool | None:
    """Answer a question of the forms that about.yaml teaches where the answer is a fact; ``None`` where it is not."""
    if asked := _BY.fullmatch(question.strip()):
        return _plain(asked["author"]) == _plain(item.author)
    if asked := _TITLE.fullmatch(question.strip()):
        return _plain(asked["words"]) in _plain(item.title)
    asked = _MENTIONS.fullmatch(question.strip())
    if asked and _plain(asked["name"]) in (f"@{agent}".lower(), agent.lower(), "the agent", "you"):
        return item.mention
    return None


def _plain(text: str) -> str:
    return text.strip(_AROUND).casefold()
