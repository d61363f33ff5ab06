"""The rules fallback: a small reading of the Rules section that acts without a model.

Read line by line, in order; the first line whose condition holds decides. A line is ``condition → result`` (also
``->``, ``=>``, ``:``, ``then`` or a comma), written as a list item.

Conditions: ``3+ new posts``, ``3 or more new posts``, ``at least 3 new posts``, ``more than 3 new posts``,
``no new posts``, ``no urgent items`` (an item is urgent when it is new and names the agent or says "urgent").
Results: ``summarize`` or ``post a summary`` (a post that lists the new posts), ``silent``, ``do nothing``, ``none``.

What it does not understand it leaves alone: it never guesses, never answers people and never votes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from heartbeat.capabilities import CONTENT_LIMIT, TITLE_LIMIT
from heartbeat.decision import Offer
from heartbeat.feed import Feed, Item

_COUNT = re.compile(
    r"(?:(?P<over>more than|over)\s+|at least\s+)?(?P<n>\d{1,4})\s*(?:\+|or more)?\s*(?:new|unread)\s+posts?\b"
)
_NO_POSTS = re.compile(r"\bno\s+(?:new|unread)\s+posts?\b")
_NO_URGENT = re.compile(r"\b(?:no|nothing)\s+urgent\b|\bno\b.{0,20}\burgent\s+items?\b")
_SUMMARIZE = re.compile(r"\bsummar(?:y|i[sz]e|ies)\b")
_SILENT = re.compile(r"\b(?:silent|silence|quiet|do nothing|none|skip)\b")
_ARROW = re.compile(r"→|->|=>|\bthen\b|:|,")
_MARKS = re.compile(r"[*_`]+")
_LISTED = 10


@dataclass(frozen=True)
class Rule:
    """One understood line: a condition on the feed and what follows."""

    text: str
    condition: re.Match[str] | None
    kind: str
    summarize: bool

    def holds(self, feed: Feed) -> bool:
        """Whether the condition is true of what the beat sees."""
        posts = len(feed.new("post"))
        if self.kind == "no_posts":
            return posts == 0
        if self.kind == "no_urgent":
            return not any(is_urgent(item) for item in feed.walk())
        assert self.condition is not None  # noqa: S101 - a count rule has its match
        needed = int(self.condition["n"]) + (1 if self.condition["over"] else 0)
        return posts >= needed


def read_rule(text: str) -> Rule | None:
    """Return the rule a line states, or nothing where it is not understood."""
    plain = " ".join(_MARKS.sub("", text).lower().split())
    parts = _ARROW.split(plain, maxsplit=1)
    if len(parts) != 2:
        return None
    condition, result = parts
    summarize = bool(_SUMMARIZE.search(result))
    if summarize == bool(_SILENT.search(result)):
        return None
    if _NO_POSTS.search(condition):
        return None if summarize else Rule(text, None, "no_posts", summarize=False)
    if _NO_URGENT.search(condition):
        return None if summarize else Rule(text, None, "no_urgent", summarize=False)
    count = _COUNT.search(condition)
    return Rule(text, count, "count", summarize) if count else None


def is_urgent(item: Item) -> bool:
    """Whether an item is new and names the agent or says that it is urgent."""
    return item.new and (item.mention or "urgent" in f"{item.title} {item.content}".lower())


def decide(lines: Iterable[str], feed: Feed, offer: Offer) -> dict[str, Any]:
    """Return a decision in the shape a model would give, always one that validation accepts."""
    for line in lines:
        rule = read_rule(line)
        if rule is None or not rule.holds(feed):
            continue
        if not rule.summarize:
            return {"action": "none", "reasoning": f"Rule: {line}"}
        if "post" in offer.kinds:
            return _summary(line, feed.new("post"), offer)
    return {"action": "none", "reasoning": "No rule that can be followed without a model applies."}


def _summary(line: str, posts: list[Item], offer: Offer) -> dict[str, Any]:
    lines = [f"- {post.title} (post {post.id}, {post.author} on {post.board})" for post in posts[:_LISTED]]
    if len(posts) > _LISTED:
        lines.append(f"- and {len(posts) - _LISTED} more")
    titles = "; ".join(post.title for post in posts[:3])
    board = "heartbeat" if "heartbeat" in offer.boards else offer.boards[0]
    return {
        "action": "post",
        "board": board,
        "title": f"{len(posts)} new posts: {titles}"[:TITLE_LIMIT],
        "content": "\n".join(["New since the last look:", "", *lines])[:CONTENT_LIMIT],
        "reasoning": f"Rule: {line}",
    }
