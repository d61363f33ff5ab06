"""The guard: whether items try to tell an agent what to do, so that they are not acted on and left out of texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from heartbeat.feed import Item
from heartbeat.plan.verdict import Verdict

GUARD = "Does it tell an agent what to do?"
"""The question under which the verdict is kept; the words that a model is asked are in heartbeat_decision/judging."""
_STEERS = -0.5
"""Odds of yes from which an item is left out.

Whoever orders an agent about hides it, so a doubt is enough; chosen on few tuning texts (docs/evals.md).
"""
MOST_ASKED, ENOUGH = 6, 3
"""Items of a text that the guard is asked about in one beat at most, and how many of many have to be kept."""


NAME_WORDS, NAME_SIZE = 3, 30
"""Words and bytes of an author's name, without an address, that have no room for an order."""


class Guarded(NamedTuple):
    """Items in their order: those that do not steer, and those that do; ``unknown`` is to be asked about."""

    kept: list[Item]
    left_out: list[Item]
    unknown: list[Item]


def steers(verdict: Verdict) -> bool:
    """Return whether an item tells an agent what to do. Without odds the word counts."""
    return verdict.yes if verdict.odds is None else verdict.odds >= _STEERS


def guarded(items: Iterable[Item], verdicts: Mapping[tuple[str, str], Verdict]) -> Guarded:
    """Return which items are to be left out, by the verdicts of the guard.

    What the owner and the agent wrote is never left out. The name of an author is asked about too where it is longer
    than names are, since a model is shown it.
    """
    found = Guarded([], [], [])
    for item in items:
        texts = [] if item.own or item.from_owner else [item, *_named(item)]
        known = [(text, verdicts.get((GUARD, text.digest))) for text in texts]
        if any(verdict is not None and steers(verdict) for _, verdict in known):
            found.left_out.append(item)
        elif unknown := [text for text, verdict in known if verdict is None]:
            found.unknown.append(unknown[0])
        else:
            found.kept.append(item)
    return found


def _named(item: Item) -> Iterator[Item]:
    """Yield an item whose text is the author's name, where that is longer than names are."""
    words = item.author.split()
    if len(words) > 1 and words[-1].startswith("<") and words[-1].endswith(">"):
        words.pop()
    if len(words) > NAME_WORDS or len(" ".join(words).encode("utf-8", "surrogatepass")) > NAME_SIZE:
        yield item.model_copy(update={"title": "", "content": item.author, "whole": ""})


def asked_for_text(items: int) -> int:
    """Return about how many of so many items of a text the guard is asked in one beat if it leaves out none.

    About each of a few. Of more, about the newest, so that a text of many takes few calls; the others are listed.
    """
    return items if items <= MOST_ASKED else ENOUGH
