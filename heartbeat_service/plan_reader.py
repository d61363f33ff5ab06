"""The plan reader: a loop that has what HEARTBEAT.md and threads' own texts ask for read, once for the workspace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar, NamedTuple

from sqlmodel import Session

from heartbeat.errors import NotFoundError, UnreadableError
from heartbeat.instructions import read_document, sha256_of
from heartbeat.plan import PlanLine
from heartbeat.plan.lines import divide
from heartbeat.plan.shipped import read_shipped, shipped_path
from heartbeat.store import corrections, events, orders, own_texts, plan_readings, reading_claim, threads
from heartbeat.store.orders import Unsettled
from heartbeat.store.own_texts import Mark
from heartbeat.vocabulary import EventKind
from heartbeat_service.ticking import Ticking
from nodes.line_reader import Ended, LineReader
from nodes.plan_followers import PlanFollowers
from nodes.readings import reads_of
from nodes.said import load_messages, settle
from nodes.services import Services

RESCAN = 6 * 3_600.0
"""Seconds after which all texts are looked through again, and the model is asked whether it is still the same."""
PAGE = 200
"""Own texts that are looked at in one transaction."""
_OVERLAP = timedelta(seconds=30)
"""How much later a save may be committed than it was made: a writer waits that long for a lock."""
_RECENT = timedelta(minutes=2)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class _Text(NamedTuple):
    """A text that is to be read: HEARTBEAT.md, that of a thread, or, without a hash, what its owner says there."""

    thread_id: str | None
    sha256: str | None
    lines: tuple[PlanLine, ...]


@dataclass
class PlanReader(Ticking):
    """Reads what is unread until `stop`; every process on a database may do it, and one at a time does.

    What owners say in conversations comes first, then HEARTBEAT.md, texts that are saved meanwhile, and all others.
    Each distinct text is looked at once, however many threads have it.
    """

    NAME: ClassVar[str] = "plan reader"

    services: Services
    reader: LineReader | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0
    watch: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self._reader = self.reader or LineReader(self.services)
        self._task: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._current_sha: str | None = None
        self._reads = ""
        self._scanned: float | None = None
        self._left: Unsettled | None = None
        """What was not settled of the conversation that is read, before it was."""
        self._followers = PlanFollowers(self.services)
        self._corrected: object = None
        self._read_with: object = None
        """The state of all corrections when the text that is read now was begun."""
        self._is_followed = True
        self._start_over(self.services.clock())

    def _start_over(self, now: datetime) -> None:
        """Let all texts be looked at again."""
        self._file: str | None = None
        self._heard: dict[str, Unsettled] = {}
        """What is not settled of the conversations that were read, by thread."""
        self._is_current, self._is_said = True, False
        self._verify = True
        self._done: set[str] = set()
        self._texts: deque[_Text] = deque()
        self._fresh, self._backlog, self._backlog_until = Mark(now), Mark(_FIRST), now
        self._backlog_done = False

    @property
    def is_reading(self) -> bool:
        """Whether it reads a text now."""
        return self._task is not None

    async def tick(self) -> float:
        """Begin to read a text that is not read; return the seconds until the next tick is needed."""
        error, self._error = self._error, None
        if error is not None:
            raise error
        now, loop = self.services.clock(), asyncio.get_running_loop()
        step = self._clock_step(now)
        await asyncio.to_thread(self._wake_followers)
        if self._task is not None:
            # Whoever edits HEARTBEAT.md waits for no line that is gone, and whoever writes a message for no text.
            self._is_current = not step and await asyncio.to_thread(self._is_next)
        else:
            if step or self._scanned is None or loop.time() - self._scanned >= RESCAN:
                self._start_over(now)
                self._scanned = loop.time()
            wait = await self._begin(now)
            if wait is not None:
                self._note_tick(now)
                return wait
        self._note_tick(now)
        return self.poll if self._followers.is_done and self._is_followed else 0.0

    def _wake_followers(self) -> None:
        """Let the next threads be woken as the plans say that were read or corrected since."""
        corrected = self._corrections()
        if corrected != self._corrected:
            self._corrected, self._is_followed = corrected, False
            self._file = None  # a line whose correction was taken back is to be read
        if self._followers.is_done and not self._is_followed:
            self._is_followed = True
            self._followers.start()
        if not self._followers.is_done:
            self._followers.step()

    def _corrections(self) -> object:
        """Return what changes with each correction, of a person or of HEARTBEAT.plan.json."""
        path = shipped_path(self.services.settings.instructions)
        changed_at = path.stat().st_mtime_ns if path.exists() else None
        return changed_at, self.services.store.read(corrections.latest)

    async def drain(self, seconds: float) -> None:
        """End reading; what is read is kept, and another process goes on."""
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=seconds)

    async def _begin(self, now: datetime) -> float | None:
        """Start to read the next text; return the seconds to wait where the model or another reader is waited for."""
        text = await asyncio.to_thread(self._next, now)
        if text is None or self._stopping:
            return None
        self._read_with = self._corrected
        free_at = await asyncio.to_thread(self.services.store.read, reading_claim.free_at, now)
        if free_at > now and await asyncio.to_thread(self._is_unread, self._undecided(text)):
            return min(self.poll, (free_at - now).total_seconds())
        self._is_current, self._is_said = True, text.sha256 is None
        self._task = asyncio.create_task(self._read(text))
        self._task.add_done_callback(self._ended)
        return None

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self._error = None if task.cancelled() else task.exception()
        if self._error is None:
            self.wake.set()

    def _undecided(self, text: _Text) -> tuple[PlanLine, ...]:
        """Return the lines that a model has to read: of HEARTBEAT.md those that no correction of it decides about."""
        if text.thread_id is not None:
            return text.lines
        corrected = self._shipped() | {
            each.line_id for each in self.services.store.read(corrections.of, None)
        }
        return tuple(line for line in text.lines if line.id not in corrected)

    def _shipped(self) -> set[str]:
        """Return the ids of the lines that HEARTBEAT.plan.json decides about."""
        return {
            each.line_id
            for each in read_shipped(shipped_path(self.services.settings.instructions)).corrections
        }

    def _is_unread(self, lines: Sequence[PlanLine]) -> bool:
        if not lines:
            return False
        store = self.services.store
        reads = reads_of(self.services, store.read(reading_claim.state, self.services.clock()))
        return not reads or bool(store.read(plan_readings.unread, lines, reads))

    async def _read(self, text: _Text) -> None:
        """Read a text; where all of it is read, tell the owner what to look at."""
        lines = await asyncio.to_thread(self._undecided, text)
        was_unread = await asyncio.to_thread(self._is_unread, lines)
        ended = await self._reader.read_all(
            lines, verify=self._verify, goes_on=lambda: self._is_current and not self._stopping
        )
        if was_unread:
            self._is_followed = False
        if ended == Ended.READ:
            self._verify = self._verify and not lines
            finish = self._finish if text.sha256 is not None else self._settle
            await asyncio.to_thread(finish, text)

    def _settle(self, text: _Text) -> None:
        """Note what of a conversation is settled, so that it is looked at again only when something is said."""
        thread_id = text.thread_id or ""
        try:
            said = settle(self.services, thread_id)
        except NotFoundError:  # the thread was removed meanwhile
            return
        store, now = self.services.store, self.services.clock()
        store.write(plan_readings.see, text.lines, now)
        left = store.read(orders.unsettled).get(thread_id)
        # Where there are more than are read at once, the next ones follow as long as some are settled.
        is_all = left is not None and (left.number <= orders.LIMIT or left == self._left)
        if left is not None and is_all and left.newest <= (said.last or 0):
            self._heard[thread_id] = left

    def _finish(self, text: _Text) -> None:
        services, store = self.services, self.services.store
        now = services.clock()
        reads = reads_of(services, store.read(reading_claim.state, now))
        if self._reads and reads != self._reads:
            # Another model or other prompts: all other texts are to be read again too.
            self._start_over(now)
            self._verify = False
        self._reads = reads
        if not store.read(plan_readings.are_seen, text.lines, now):
            store.write(plan_readings.see, text.lines, now)
        shipped = self._shipped()
        if store.read(_doubts, text, reads, shipped).keys:
            store.write(_ask_about, text, reads, shipped, now)
        self._follow(text, now)
        if text.thread_id is None:
            self._file = text.sha256 if self._read_with == self._corrected else None
            self._is_followed = False
        self._done.add(text.sha256 or "")

    def _follow(self, text: _Text, now: datetime) -> None:
        """Let corrections follow the text of the workspace and of each thread that has some."""
        store = self.services.store
        if text.thread_id is None:
            _follow_one(self.services, None, text.lines, now)
        for thread_id in store.read(corrections.threads_with):
            with suppress(NotFoundError):  # the thread was removed meanwhile, with its corrections
                own = store.read(threads.get, thread_id).instructions
                if own is not None:
                    _follow_one(self.services, thread_id, divide(own).read, now)
                elif text.thread_id is None:
                    _follow_one(self.services, thread_id, text.lines, now)

    def _file_text(self) -> tuple[str, str] | None:
        """Return the hash and the content of HEARTBEAT.md; None where it cannot be read, which a beat says."""
        settings = self.services.settings
        try:
            document = read_document(settings.instructions, settings.home)
        except UnreadableError:
            return None
        return None if document is None else (document.sha256, document.content)

    def _file_is_same(self) -> bool:
        found = self._file_text()
        return found is None or found[0] in {self._file, self._current_sha}

    def _is_next(self) -> bool:
        """Return whether what is read now is still what is to be read first."""
        return self._is_said or (self._file_is_same() and self._unheard() is None)

    def _unheard(self) -> tuple[str, Unsettled] | None:
        """Return a thread whose owner said something that was not looked at, None if there is none."""
        left = self.services.store.read(orders.unsettled)
        return next((each for each in left.items() if self._heard.get(each[0]) != each[1]), None)

    def _next(self, now: datetime) -> _Text | None:
        """Return the text to read next, None if there is none."""
        if (unheard := self._unheard()) is not None:
            thread_id, self._left = unheard
            messages = self.services.store.read(load_messages, thread_id, now)
            return _Text(thread_id, None, messages.lines)
        found = self._file_text()
        if found is not None and found[0] != self._file:
            self._current_sha = found[0]
            return _Text(None, found[0], divide(found[1]).read)
        self._current_sha = self._file
        self._take_fresh(now)
        while True:
            while self._texts and self._texts[0].sha256 in self._done:
                self._texts.popleft()
            if self._texts:
                return self._texts[0]
            if self._backlog_done:
                return None
            self._take_backlog(now)

    def _take_fresh(self, now: datetime) -> None:
        """Put what was saved since before all others."""
        mark = self._fresh
        if now - mark.at <= _RECENT:
            mark = Mark(mark.at - _OVERLAP)
        waiting = {each.sha256 for each in self._texts}
        while rows := self.services.store.read(own_texts.saved_after, mark, PAGE):
            mark = rows[-1].mark
            for row in rows:
                self._is_followed = self._is_followed and row.mark <= self._fresh
                sha256 = sha256_of(row.content)
                if sha256 not in self._done and sha256 not in waiting:
                    waiting.add(sha256)
                    self._texts.appendleft(_Text(row.thread_id, sha256, divide(row.content).read))
        self._fresh = max(self._fresh, mark)

    def _take_backlog(self, now: datetime) -> None:
        store = self.services.store
        rows = store.read(own_texts.saved_after, self._backlog, PAGE, until=self._backlog_until)
        for row in rows:
            sha256 = sha256_of(row.content)
            if sha256 not in self._done and all(each.sha256 != sha256 for each in self._texts):
                self._texts.append(_Text(row.thread_id, sha256, divide(row.content).read))
        if len(rows) == PAGE:
            self._backlog = rows[-1].mark
        else:
            self._backlog_done = True
            # Each text was looked at since the start, so what is in none has not been seen for long.
            store.write(plan_readings.prune, now)


def _follow_one(services: Services, thread_id: str | None, lines: Sequence[PlanLine], now: datetime) -> None:
    ids = {line.id for line in lines}
    if not services.store.read(corrections.are_followed, thread_id, ids, now):
        services.store.write(corrections.follow, thread_id, ids, now)


class _Doubts(NamedTuple):
    """The numbers of the lines that the owner should look at, and the keys of their readings."""

    unsure: list[int]
    failed: list[int]
    keys: list[str]


def _doubts(session: Session, text: _Text, reads: str, shipped: Collection[str]) -> _Doubts:
    """Return which lines of a text the owner was not told of; what a correction decides about needs no look.

    ``shipped`` are the ids of the lines that HEARTBEAT.plan.json decides about.
    """
    found = plan_readings.find(session, text.lines, reads)
    untold = plan_readings.untold(session, found)
    corrected = {*shipped, *(each.line_id for each in corrections.of(session, text.thread_id))}
    unsure: list[int] = []
    failed: list[int] = []
    keys: list[str] = []
    for line in text.lines:
        if line.id in untold and line.id not in corrected:
            (failed if found[line.id].kept.failed else unsure).append(line.number)
            keys.append(found[line.id].key)
    return _Doubts(unsure, failed, keys)


def _ask_about(session: Session, text: _Text, reads: str, shipped: Collection[str], now: datetime) -> None:
    unsure, failed, keys = _doubts(session, text, reads, shipped)
    if not keys:
        return
    plan_readings.mark_told(session, keys)
    events.add(session, EventKind.PLAN_CHANGED, now, thread_id=text.thread_id, unsure=unsure, failed=failed)
