"""The rules fallback: a small reading of the Rules section that acts without a model.

Read line by line, in order; the first line whose condition holds decides. A line is ``condition → result`` (also
``->``, ``=>``, ``:``, ``then`` or a comma), written as a list item.

Conditions: ``3+ new posts``, ``3 or more new posts``, ``at least 3 new posts``, ``more than 3 new posts``,
``no new posts``, ``no urgent items`` (an item is urgent when it is new and names the agent or says "urgent").
Results: ``summarize`` or ``post a summary [on the board NAME]`` (a post that lists the new posts), ``silent``,
``do nothing``, ``none``.

A line counts only when the whole of it is understood: "fewer than 3 new posts", "3+ new posts about tea" or "do not
summarize" are left alone. Nothing is guessed, nobody is answered, nothing is voted on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from heartbeat.capabilities import CONTENT_LIMIT, TITLE_LIMIT
from heartbeat.draft import Offer
from heartbeat.feed import Feed, Item
from heartbeat.text import clean

_OPENING = r"(?:(?:if|when|whenever)\s+)?(?:there\s+(?:is|are)\s+|(?:you|we|i)\s+(?:see|have)\s+)?"
_CLOSING = r"(?:\s+since\s+(?:the\s+)?last\s+(?:beat|look|check|time))?"
_COUNT = re.compile(
    rf"{_OPENING}(?:(?P<over>more than|over)\s+|at least\s+)?(?P<n>0*[1-9]\d{{0,3}})\s*(?:\+|or more)?\s*"
    rf"(?:new|unread)\s+posts?{_CLOSING}"
)
_NO_POSTS = re.compile(rf"{_OPENING}no\s+(?:new|unread)\s+posts?{_CLOSING}")
_NO_URGENT = re.compile(
    rf"{_OPENING}(?:nothing\s+(?:is\s+)?urgent|no\s+(?:new\s+)?urgent\s+(?:items?|posts?|messages?)){_CLOSING}"
)
_THEM = r"(?:them|those|(?:(?:the|these|all)\s+)*(?:(?:new|unread)\s+)?posts)"
_SUMMARIZE = re.compile(
    rf"(?:summari[sz]e(?:\s+{_THEM})?"
    rf"|(?:(?:post|write|publish)\s+)?(?:(?:a|one)\s+)?(?:(?:short|brief)\s+)?summary(?:\s+post|\s+of\s+{_THEM})?)"
    r"(?:\s+(?:on|to)\s+(?:the\s+)?board\s+(?P<board>[\w-]+))?"
)
_SILENT = re.compile(
    r"(?:(?:stay|be|remain|keep)\s+)?(?:silent|quiet)|silence|(?:do|say)\s+nothing|none|skip(?:\s+(?:it|this beat))?"
)
_ARROW = re.compile(r"(?:→|->|=>|\bthen\b|:|,)(?:\s*\bthen\b)?")
_MARKS = re.compile(r"[*_`]+")
READS = ("post",)
"""Kinds of items the rules take note of; all others stay new for the model."""
_LISTED = 10


@dataclass(frozen=True)
class Rule:
    """One understood line: a condition on the feed and what follows."""

    text: str
    condition: re.Match[str] | None
    kind: str
    summarize: bool
    board: str | None = None

    def holds(self, feed: Feed) -> bool:
        """Whether the condition is true of what the beat sees."""
        posts = feed.count_new("post")
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
    condition, result = (part.strip(" .!") for part in parts)
    summary = _SUMMARIZE.fullmatch(result)
    summarize = summary is not None
    if not summarize and not _SILENT.fullmatch(result):
        return None
    if _NO_POSTS.fullmatch(condition):
        return None if summarize else Rule(text, None, "no_posts", summarize=False)
    if _NO_URGENT.fullmatch(condition):
        return None if summarize else Rule(text, None, "no_urgent", summarize=False)
    count = _COUNT.fullmatch(condition)
    return Rule(text, count, "count", summarize, summary["board"] if summary else None) if count else None


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
        if "post" in offer.kinds and (rule.board is None or rule.board in offer.boards):
            return _summary(rule, feed.uncounted("post"), offer)
    return {"action": "none", "reasoning": "No rule that can be followed without a model applies."}


def _summary(rule: Rule, posts: list[Item], offer: Offer) -> dict[str, Any]:
    lines = [
        f"- {clean(post.title, multiline=False)} (post {post.id}, {post.author} on {post.board})"
        for post in posts[:_LISTED]
    ]
    if len(posts) > _LISTED:
        lines.append(f"- and {len(posts) - _LISTED} more")
    titles = "; ".join(post.title for post in posts[:3])
    noun = "post" if len(posts) == 1 else "posts"
    usual = "heartbeat" if "heartbeat" in offer.boards else next(iter(offer.boards), None)
    return {
        "action": "post",
        "board": rule.board or usual,
        "title": f"{len(posts)} new {noun}: {titles}"[:TITLE_LIMIT],
        "content": "\n".join(["New since the last look:", "", *lines])[:CONTENT_LIMIT],
        "reasoning": f"Rule: {rule.text}",
    }
