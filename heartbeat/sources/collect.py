"""Asks every source, each in its own time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial

from heartbeat.aside import start
from heartbeat.feed import Feed, Item, newest_first
from heartbeat.instructions import mask_secrets
from heartbeat.memory import Memory
from heartbeat.sources.port import ContextSource, Look, cut
from heartbeat.validation import clean

CONTENT_LIMIT = 1_000
"""Characters of one item that are shown, whatever its source thinks."""
_TITLE_LIMIT = 200
_ID_LIMIT = 64


def collect(sources: Sequence[ContextSource], look: Look, memory: Memory) -> Feed:
    """Return what the sources show; one that fails or takes too long is a problem, not a failed beat."""
    started = [(source, start(partial(source.look, look), f"source-{source.name}")) for source in sources]
    items: list[Item] = []
    taken: dict[tuple[str, str], str] = {}
    problems: list[str] = []
    for source, future in started:
        try:
            shown = _sound(source, future.result(timeout=source.time_limit))
            _keep_apart(source, shown, taken)
            items += [item.seen_from(memory) for item in shown]
        except FutureTimeoutError:
            problems.append(f"source {source.name}: no answer within {source.time_limit:g} s")
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything, and none may end the beat
            problems.append(mask_secrets(f"source {source.name}: {type(error).__name__}: {error}"))
    return Feed(items=newest_first(items), problems=tuple(problems)).trimmed()


def _sound(source: ContextSource, shown: Iterable[object]) -> list[Item]:
    """Return what a source shows, if everything else can rely on it."""
    items: list[Item] = []
    for item in shown:
        if not isinstance(item, Item):
            raise TypeError(f"it shows {item!r:.80}; allowed: items")
        items.append(_checked(source, item))
    return items


def _checked(source: ContextSource, item: Item) -> Item:
    if item.source != source.name:
        raise ValueError(f"it shows an item of the source {item.source!r:.80}; allowed: its own")
    if item.created_at.tzinfo is None:
        raise ValueError(f"it shows {item.kind} {item.id:.64} without a time zone; allowed: aware instants")
    if not item.id or item.id != clean(item.id, multiline=False) or len(item.id) > _ID_LIMIT:
        raise ValueError(f"it shows the id {item.id!r:.80}; allowed: 1 to {_ID_LIMIT} characters on one line")
    return item.model_copy(
        update={
            "title": cut(item.title, _TITLE_LIMIT),
            "content": cut(item.content, CONTENT_LIMIT),
            "author": cut(item.author, _TITLE_LIMIT),
            "comments": tuple(_checked(source, comment) for comment in item.comments),
        }
    )


def _keep_apart(source: ContextSource, items: Sequence[Item], taken: dict[tuple[str, str], str]) -> None:
    """See that a kind and an id name one item only: a decision names nothing else, and no messages."""
    shown = (each for item in items for each in (item, *item.comments))
    own = {(each.kind, each.id) for each in shown if each.kind != "message"}
    for kind, number in sorted(own):
        if (kind, number) in taken:
            raise ValueError(
                f"it shows {kind} {number}, which is one of the source {taken[kind, number]} too"
            )
    taken.update(dict.fromkeys(own, source.name))
