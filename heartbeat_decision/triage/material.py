"""What the one who writes a text is shown: the items it is about, without what tries to steer the writer."""

from __future__ import annotations

from heartbeat.feed import Feed, Item
from heartbeat_decision.triage.asker import Asker
from heartbeat_decision.triage.sentences import without_orders
from heartbeat_decision.triage.words import SHOWN, listed, theirs

LIMIT = 20
"""Items that are shown, the newest: each takes a few small questions."""

_LONGEST = 1_200
"""Characters of an item that a comment is about; those of a summary are shorter."""
_FEW = 3
"""An item, the post it stands under, and what the agent wrote there."""


async def material(feed: Feed, asker: Asker) -> tuple[str, ...]:
    """Return the items of a feed, a line each; more than the limit are told by their number."""
    items = [item for item in feed.walk() if item.kind != "message"]
    titles = {item.id: item.title for item in items if item.kind == "post"}
    longest = SHOWN if len(items) > _FEW else _LONGEST
    lines: list[str] = []
    for item in items[:LIMIT]:
        if item.answers:
            lines.append(f"You wrote: {theirs(item.answers)}")
        lines.append(await _shown(item, titles, longest, asker))
    left = len(items[LIMIT:])
    more = [f"And {left} older ones that are not shown."] if left else []
    # What the agent commented last is an item too.
    return tuple(dict.fromkeys([*lines, *more]))


async def _shown(item: Item, titles: dict[str, str], longest: int, asker: Asker) -> str:
    if item.own:
        named = f'"{theirs(item.title)}" -- ' if item.title else ""
        return f"You wrote: {named}{theirs(item.content)}"
    plain = {name: await without_orders(getattr(item, name), asker) for name in ("title", "content")}
    if not any(plain.values()):
        plain["content"] = "(nothing that could be shown)"
    under = await without_orders(titles.get(item.post_id or "", ""), asker)
    return listed(item.model_copy(update=plain), {item.post_id or "": under}, longest)
