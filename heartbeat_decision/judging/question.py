"""The question about an item: a chat whose first part, system text and worked examples, never changes.

So the server keeps that part from item to item.
"""

from __future__ import annotations

import hashlib
from functools import cache

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat.text import clean
from heartbeat_decision.asking import ShortQuestion, Turn
from heartbeat_decision.judging.examples import FOLDER, examples
from heartbeat_decision.judging.lines import item_lines

YES, NO = "yes", "no"
SYSTEM = FOLDER / "system.txt"
_DECIDES = ("examples", "guard", "judge", "lines", "question")
"""The modules that make a verdict of an item: where they change, items are judged again."""


def item_question(question: str, item: Item) -> ShortQuestion:
    """Return the chat that asks ``question`` about an item; the answer is `YES` or `NO`."""
    return ShortQuestion((*fixed(), ("user", _asked(question, item))), options=(YES, NO))


@cache
def fixed() -> tuple[Turn, ...]:
    """Return what stands before every item: what is asked, and worked examples."""
    turns: list[Turn] = [("system", SYSTEM.read_text("utf-8").strip())]
    for each in examples():
        turns += [
            ("user", _asked(each.question, each.item.item())),
            ("assistant", YES if each.meant else NO),
        ]
    return tuple(turns)


def _asked(question: str, item: Item) -> str:
    """Return an item with the question before it, so that it is read with that in mind, and after it."""
    asked = clean(mask_secrets(question), multiline=False)
    return f"Question: {asked}\n\n{item_lines(item)}\n\n{asked}"


@cache
def prompt_version() -> str:
    """Return a hash of all words that are put before an item, and of how it is judged."""
    digest = hashlib.sha256()
    for path in sorted(
        [*FOLDER.glob("*.txt"), *FOLDER.glob("*.yaml"), *(FOLDER / f"{name}.py" for name in _DECIDES)]
    ):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
