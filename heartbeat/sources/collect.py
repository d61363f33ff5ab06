"""Asks every source, each in its own time; a source that fails, and an item that is faulty, stand in nobody's way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from functools import partial

from heartbeat.daemon import run_in_daemon_thread
from heartbeat.feed import SIZE_LIMIT, Feed, Item, newest_first
from heartbeat.instructions import masked_line
from heartbeat.memory import Memory
from heartbeat.sources.check import Checker, FaultyItemError
from heartbeat.sources.conversation import ConversationSource
from heartbeat.sources.forum import ForumSource
from heartbeat.sources.inbox import InboxSource
from heartbeat.sources.port import ContextSource, Look, Shown

ITEMS_LIMIT = 500
"""Items of one source that are looked at; a source may go on for ever."""
_TOLD = 5
"""Faulty items of one source that are told one by one."""
_PROBLEM_LIMIT = 300


def collect(sources: Sequence[ContextSource], look: Look, memory: Memory, *, size: int = SIZE_LIMIT) -> Feed:
    """Return what the sources show, reduced to ``size`` bytes.

    A source that fails or takes too long is a problem, not a failed beat, and what it showed before counts. A faulty
    item is left out alone, with a problem. What a source says is private is left out where the look is for a thread
    that is shown only what is public; its own private connections are not meant by that.
    """
    asked = [_Asked.start(source, look) for source in sources]
    checker = Checker(look.agent_name)
    items: list[Item] = []
    problems: list[str] = []
    unshown: list[str] = []
    upto: dict[str, int] = {}
    dropped: dict[str, int] = {}
    for each in asked:
        shown, said = each.answer()
        if number := sum(each.dropped.values()):
            said = [
                *said,
                f"{number} items were dropped without a look: only the newest 200 wait for one, for up to 7 days",
            ]
        unshown += each.unshown
        upto |= each.upto
        dropped |= {mark: number for mark, number in each.dropped.items() if number}
        faults: list[str] = []
        for item in shown:
            try:
                found = checker.check(each.source, item, faults)
                if not (look.only_public and found.private and not isinstance(each.source, InboxSource)):
                    items.append(found.seen_from(memory))
            except FaultyItemError as error:
                faults.append(str(error))
        problems += _told(each.source, [*_few(faults), *said])
    private = {each.source for item in items for each in (item, *item.comments) if each.private}
    return Feed(
        items=newest_first(items),
        problems=tuple(problems),
        unshown=tuple(unshown),
        upto=upto,
        dropped=dropped,
        private=tuple(sorted(private)),
    ).trimmed(size)


@dataclass
class _Asked:
    """One look that has begun: what the source has shown so far."""

    source: ContextSource
    shown: list[object] = field(default_factory=list)
    unshown: Sequence[str] = ()
    upto: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    future: Future[str | None] = field(init=False)

    @classmethod
    def start(cls, source: ContextSource, look: Look) -> _Asked:
        """Begin to look: in a thread of its own, where the source is a plug-in's, which may hang or fail."""
        asked = cls(source)
        if type(source) in (ForumSource, ConversationSource, InboxSource):
            asked.future = Future()
            try:
                asked.future.set_result(asked._look(look))
            except Exception as error:  # noqa: BLE001 - told as one of the others' is
                asked.future.set_exception(error)
        else:
            asked.future = run_in_daemon_thread(partial(asked._look, look), f"source-{source.name}")
        return asked

    def _look(self, look: Look) -> str | None:
        # Its items may come from a generator, which works, hangs or fails while it is read.
        answer = self.source.look(look)
        if isinstance(answer, Shown):
            self.unshown, self.upto, self.dropped = answer.unshown, answer.upto, answer.dropped
        for item in answer:
            if len(self.shown) == ITEMS_LIMIT:
                return f"it shows more than {ITEMS_LIMIT} items; those after were not looked at"
            self.shown.append(item)
        return None

    def answer(self) -> tuple[list[object], list[str]]:
        """Return what was shown until now, the time was up or it failed, and the problem there was."""
        problem: str | None
        try:
            limit = self.source.time_limit
            problem = self.future.result(timeout=limit)
        except FutureTimeoutError:
            problem = f"no answer within {limit:g} s"
        except Exception as error:  # noqa: BLE001 - a plug-in may raise anything, and none may end the beat
            problem = f"{type(error).__name__}: {error}"
        return list(self.shown), [problem] if problem else []


def _few(faults: Sequence[str]) -> Iterator[str]:
    yield from faults[:_TOLD]
    if len(faults) > _TOLD:
        yield f"it shows {len(faults) - _TOLD} more that cannot be used"


def _told(source: ContextSource, said: Sequence[str]) -> list[str]:
    return [masked_line(f"source {source.name}: {each}")[:_PROBLEM_LIMIT] for each in said]
