"""Sources of plug-ins that are looked at once an interval for all threads, like connections."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Protocol

from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.schedule import days
from heartbeat.text import sentence, well_formed
from heartbeat.vocabulary import INBOX_KINDS, FeedKind

ITEMS_LIMIT = 10_000
"""Items of one fetch that are taken; a plug-in may go on for ever."""
MEMO_LIMIT = 100_000
"""Characters of the JSON of a memo."""
MIN_EVERY, MAX_EVERY = 60, 604_800
"""Bounds of ``every``, in seconds."""
_TOLD = 3
"""Faulty items of one fetch that are told one by one."""
_TEXTS = ("external_id", "title", "content", "author")
_OPTIONAL_TEXTS = ("url", "parent")
_INSTANTS = ("due_at", "ends_at")
_FLAGS = ("all_day", "own")


class SourceOfInbox(Protocol):
    """What a plug-in offers that is looked at once an interval for all threads: a `heartbeat.fetching.Fetch`.

    It may have a ``private``; without one it is public.
    """

    name: str
    time_limit: float
    every: int

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return what is there; see `heartbeat.fetching.Fetch`."""
        ...


@dataclass(frozen=True)
class FetchedSource:
    """A source of a plug-in that is looked at ``every`` so many seconds; what it brings is checked.

    ``package`` is the name and version of where it comes from.
    """

    name: str
    plugin: SourceOfInbox
    time_limit: float
    every: int
    private: bool
    package: str = ""

    @classmethod
    def of(cls, plugin: SourceOfInbox, package: str) -> FetchedSource:
        """Return the source of a plug-in that fulfils its contract."""
        return cls(
            plugin.name,
            plugin,
            float(plugin.time_limit),
            int(plugin.every),
            bool(getattr(plugin, "private", False)),
            package,
        )

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        """Return what the plug-in shows; a faulty item is left out alone, with a problem.

        Raises:
            FetchError: it raised something, or returned what is no result.
        """
        try:
            return _checked(self.plugin.fetch(now, memo, deadline))
        except FetchError:
            raise
        except (Exception, SystemExit) as error:
            raise FetchError(f"The plug-in failed: {type(error).__name__}: {error}") from error


def _checked(result: object) -> FetchResult:
    if not isinstance(result, FetchResult):
        raise FetchError(f"The plug-in returned {result!r:.80}; allowed: a FetchResult.")
    memo = _memo(result.memo)
    if result.unchanged:
        return FetchResult(memo=memo, unchanged=True, problems=_sentences(result.problems))
    items: list[FetchedItem] = []
    faults: list[str] = []
    for shown in islice(result.items, ITEMS_LIMIT):
        try:
            items.append(_item(shown))
        except ValueError as error:
            faults.append(sentence(f"It shows an item {error}"))
    is_cut = len(result.items) > ITEMS_LIMIT if isinstance(result.items, Sequence) else False
    problems = [*_few(faults), *_sentences(result.problems)]
    if is_cut:
        problems.append(f"It shows more than {ITEMS_LIMIT} items; the rest is left out.")
    # What is not among them is gone only where all that it shows could be read.
    is_whole = bool(result.is_whole) and not faults and not is_cut
    unseen = [well_formed(each) for each in result.unseen if isinstance(each, str)]
    return FetchResult(items, memo, is_whole=is_whole, unseen=unseen, problems=problems)


def _memo(memo: object) -> Mapping[str, Any]:
    try:
        text = json.dumps(memo)
    except (TypeError, ValueError, RecursionError) as error:
        raise FetchError(sentence(f"The plug-in returned a memo that is no JSON: {error}")) from None
    if not isinstance(memo, Mapping) or len(text) > MEMO_LIMIT:
        raise FetchError(
            f"The plug-in returned a memo of another form; allowed: JSON up to {MEMO_LIMIT} characters."
        )
    kept: dict[str, Any] = json.loads(text)
    return kept


def _item(shown: object) -> FetchedItem:
    """Return the item as it may be used.

    Raises:
        ValueError: it is faulty; the message is the end of a sentence.
    """
    if not isinstance(shown, FetchedItem):
        raise ValueError(f"that is {shown!r:.80}; allowed: a FetchedItem")
    if shown.kind not in INBOX_KINDS:
        raise ValueError(f"whose kind is {shown.kind!r:.80}; allowed: {', '.join(INBOX_KINDS)}")
    values: dict[str, Any] = {"kind": FeedKind(shown.kind), "created_at": _instant(shown, "created_at")}
    for name in (*_TEXTS, *_OPTIONAL_TEXTS):
        value = getattr(shown, name)
        if not isinstance(value, str) and (name in _TEXTS or value is not None):
            raise ValueError(f"whose {name} is {value!r:.80}; allowed: text")
        values[name] = None if value is None else well_formed(value)
    if not values["external_id"].strip():
        raise ValueError("without an external_id")
    for name in _INSTANTS:
        values[name] = None if getattr(shown, name) is None else _instant(shown, name)
        if shown.all_day is True and values[name] is not None:
            # The date is that of its own zone.
            values[name] = days.of_date(getattr(shown, name).date())
    for name in _FLAGS:
        if not isinstance(getattr(shown, name), bool):
            raise ValueError(f"whose {name} is {getattr(shown, name)!r:.80}; allowed: True and False")
    return replace(shown, **values)


def _instant(shown: FetchedItem, name: str) -> datetime:
    value = getattr(shown, name)
    if not isinstance(value, datetime) or value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(f"whose {name} is {value!r:.80}; allowed: an instant with a zone")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"whose {name} is {value!r:.80}; allowed: the years 1 to 9999") from None


def _few(faults: Sequence[str]) -> Iterator[str]:
    yield from faults[:_TOLD]
    if len(faults) > _TOLD:
        yield f"It shows {len(faults) - _TOLD} more that cannot be used."


def _sentences(problems: object) -> list[str]:
    given = problems if isinstance(problems, list | tuple) else ()
    return [well_formed(each) for each in given[:_TOLD] if isinstance(each, str)]
