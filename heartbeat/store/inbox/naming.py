"""Name fetched items in the inbox, each within its connection."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from heartbeat.fetching import FetchedItem
from heartbeat.schedule import days
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.text import clean, legible, utc

ID_LIMIT = 300
"""Characters of a name."""
_HASH = 16
"""Characters of a hash that tells two items with one name apart."""


def names_of(items: Iterable[FetchedItem]) -> dict[str, list[FetchedItem]]:
    """Return the items by the name that their source gives them, in their order; those that say the same are one."""
    found: dict[str, list[FetchedItem]] = {}
    digests: dict[str, set[str]] = {}
    for shown in items:
        item = _with_days(shown)
        name = external_id(item)
        group = found.setdefault(name, [])
        if group:
            seen = digests.setdefault(name, {digest_of(group[0])})
            digest = digest_of(item)
            if digest in seen:
                continue
            seen.add(digest)
        group.append(item)
    return found


def _with_days(item: FetchedItem) -> FetchedItem:
    """Return an item whose dates are kept as midnights in UTC, the day after the last one as its end."""
    if not item.all_day:
        return item
    due_at, ends_at = (at and days.of_date(at.date()) for at in (item.due_at, item.ends_at))
    if due_at is not None and (ends_at is None or ends_at <= due_at):
        ends_at = days.day_after(due_at)
    return replace(item, due_at=due_at, ends_at=ends_at)


def told_apart(
    groups: Mapping[str, Sequence[FetchedItem]], known: Mapping[str, InboxItem]
) -> tuple[dict[str, FetchedItem], int]:
    """Return the items of `names_of` by names of their own, and how many had the name of another one.

    ``known`` are the rows of the shared names and of `other_name` of their items. The item that a row with the shared
    name is about keeps that name, so that it is not new again; without a row, the first does.
    """
    found: dict[str, FetchedItem] = {}
    apart = 0
    for name, group in groups.items():
        keeper = _keeper(name, group, known) if len(group) > 1 else group[0]
        for item in group:
            if item is keeper:
                found[name] = item
                continue
            other = other_name(name, item)
            if other in found or other in groups:
                other = _with_hash(name, digest_of(item))
            found[other] = item
            apart += 1
    return found, apart


def _keeper(name: str, group: Sequence[FetchedItem], known: Mapping[str, InboxItem]) -> FetchedItem | None:
    """Return the item that keeps the name that it shares, if one does."""
    row = known.get(name)
    same = None if row is None else next((item for item in group if digest_of(item) == row.digest), None)
    if same is not None:
        return same
    free = [item for item in group if other_name(name, item) not in known]
    if row is None:
        return free[0] if free else None
    return next((item for item in free if item.url is not None and item.url == row.url), None)


def other_name(name: str, item: FetchedItem) -> str:
    """Return the name of an item whose own is that of another one: with a hash of its link and title."""
    return _with_hash(name, f"{item.url or item.content}\n{item.title}")


def _with_hash(name: str, text: str) -> str:
    return f"{name[: ID_LIMIT - _HASH - 1]}/{_hashed(text)[:_HASH]}"


def external_id(item: FetchedItem) -> str:
    """Return what its source calls an item, or a hash of that where it is long or holds control characters.

    Without them, it might be the name of another item.
    """
    raw = item.external_id
    name = clean(raw, multiline=False)
    if legible(raw) == raw and 0 < len(name) <= ID_LIMIT:
        return name
    return _hashed(raw)


def digest_of(item: FetchedItem) -> str:
    """Return a hash of what an item says: its texts and instants, not how near it is."""
    instants = [utc(each) if each else None for each in (item.due_at, item.ends_at)]
    parts: Sequence[object] = (item.kind, item.author, item.title, item.content, item.url, item.parent)
    return _hashed(json.dumps([*parts, *instants, item.all_day]))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
