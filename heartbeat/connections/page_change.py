"""What has changed on a page since the last look, without what changes at every look."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

CHURN = 3
"""Looks in a row at which a line has changed before its changes are news once a day only."""
ONCE = timedelta(days=1)
LINES_LIMIT = 2_000
TEXT_LIMIT = 100_000
"""Lines and characters of a page that are compared; the rest is left out."""
_LONG, _LONGEST = 300, 1_000
_GAPS = 500
_COMMON = 10
"""How often a line may stand on a page and still tell where a part of it has moved to."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)\b")
_DRIFT = 90
"""Seconds by which a clock of a page may differ from the time between two looks."""


class Line(NamedTuple):
    """A line of a page, and at how many of the last looks it had changed."""

    text: str
    churn: int = 0


@dataclass(frozen=True)
class PageState:
    """What is kept of a page for the next look.

    ``gaps`` counts how often lines came or went after a line, by its hash. ``at`` is the instant of the look, and
    ``restless_at`` when what changes at every look was news, or began to be left out.
    """

    lines: Sequence[Line]
    gaps: Mapping[str, int]
    at: datetime
    restless_at: datetime | None = None

    def as_memo(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        dumped: dict[str, Any] = _STATE.dump_python(self, mode="json")
        return dumped

    @classmethod
    def of_memo(cls, memo: Mapping[str, Any]) -> PageState | None:
        """Return what `as_memo` made, None if the page was not looked at yet."""
        try:
            return _STATE.validate_python({key: memo.get(key) for key in cls.__dataclass_fields__})
        except ValidationError:
            return None


_STATE = TypeAdapter(PageState)


@dataclass
class Change:
    """The lines that are new (``+``) and gone (``-``), and how many changes were left out as restless."""

    shown: list[str] = field(default_factory=list)
    restless: int = 0


def cut_lines(lines: Sequence[str]) -> tuple[list[str], bool]:
    """Return the lines that are compared, long ones by sentences, and whether some are left out."""
    kept: list[str] = []
    size = 0
    for line in lines:
        for part in _parts(line):
            size += len(part)
            if len(kept) == LINES_LIMIT or size > TEXT_LIMIT:
                return kept, True
            kept.append(part)
    return kept, False


def compare(before: PageState, texts: Sequence[str], now: datetime) -> tuple[PageState, Change]:
    """Return the state of a page that says ``texts`` now, and what has changed since ``before``."""
    return _Comparison(before, texts, now).result()


class _Comparison:
    def __init__(self, before: PageState, texts: Sequence[str], now: datetime) -> None:
        self.before, self.texts, self.now = before, texts, now
        self.lines: list[Line] = []
        self.gaps: dict[str, int] = {}
        self.change = Change()
        at = before.restless_at
        self.is_quiet = at is None or now - at < ONCE
        self.told = False

    def result(self) -> tuple[PageState, Change]:
        anchor = ""
        for is_same, old, new in _hunks(self.before.lines, self.texts):
            if is_same:
                self.lines += [Line(line.text, max(0, line.churn - 1)) for line in old]
                anchor = new[-1] if new else anchor
            else:
                self._changed(anchor, old, new)
        calm = {key: number - 1 for key, number in self.before.gaps.items() if key not in self.gaps}
        kept = [(key, number) for key, number in {**calm, **self.gaps}.items() if number > 0]
        restless_at = self.before.restless_at
        if self.told or (restless_at is None and self.change.restless):
            restless_at = self.now
        state = PageState(tuple(self.lines), dict(kept[-_GAPS:]), self.now, restless_at)
        return state, self.change

    def _changed(self, anchor: str, old: Sequence[Line], new: Sequence[str]) -> None:
        key = hashlib.sha256(anchor.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        pairs = list(_pairs(old, new))
        if any(one is None or other is None for one, other in pairs):
            self.gaps[key] = min(max(self.before.gaps.get(key, 0), self.gaps.get(key, 0)) + 1, 2 * CHURN)
        for line, text in pairs:
            churn = self.gaps[key] if line is None or text is None else min(line.churn + 1, 2 * CHURN)
            if text is not None:
                self.lines.append(Line(text, churn))
            if line is not None and text is not None and self._is_clock(line.text, text):
                continue
            if churn >= CHURN:
                self.change.restless += 1
                if self.is_quiet:
                    continue
                self.told = True
            if line is not None:
                self.change.shown.append(f"- {line.text}")
            if text is not None:
                self.change.shown.append(f"+ {text}")

    def _is_clock(self, old: str, new: str) -> bool:
        """Return whether lines differ only in times with seconds that moved on as time itself did."""
        if _CLOCK.sub("", old) != _CLOCK.sub("", new):
            return False
        passed = (self.now - self.before.at).total_seconds()
        moved = [
            (one, other) for one, other in zip(_seconds(old), _seconds(new), strict=False) if one != other
        ]
        return all(
            min((gap := (other - one - passed) % 43_200), 43_200 - gap) <= _DRIFT for one, other in moved
        )


def _hunks(old: Sequence[Line], new: Sequence[str]) -> Iterator[tuple[bool, Sequence[Line], Sequence[str]]]:
    """Yield the parts of both in order, each with whether it is the same in both."""
    texts = [line.text for line in old]
    # What is the same at both ends is most of a page, and needs no search.
    limit = min(len(texts), len(new))
    head = next((i for i in range(limit) if texts[i] != new[i]), limit)
    tail = next((i for i in range(limit - head) if texts[-1 - i] != new[-1 - i]), limit - head)
    yield True, old[:head], new[:head]
    one, other = texts[head : len(texts) - tail], new[head : len(new) - tail]
    counts = Counter(one) + Counter(other)
    # Lines that stand everywhere would make the search take minutes.
    matcher = SequenceMatcher(lambda line: counts[line] > 2 * _COMMON, one, other, autojunk=False)
    for operation in matcher.get_opcodes():
        tag, i, j, k, m = operation
        yield tag == "equal", old[head + i : head + j], new[head + k : head + m]
    yield True, old[len(old) - tail :], new[len(new) - tail :]


def _pairs(old: Sequence[Line], new: Sequence[str]) -> Iterator[tuple[Line | None, str | None]]:
    """Yield which line has become which, by place where as many are there, else by what both say."""
    if len(old) == len(new):
        yield from zip(old, new, strict=True)
        return
    left: dict[str, list[Line]] = {}
    for line in old:
        left.setdefault(_shape(line.text), []).append(line)
    matched = [(left[shape].pop(0) if left.get(shape := _shape(text)) else None, text) for text in new]
    gone = [line for lines in left.values() for line in lines]
    yield from ((line, None) for line in gone)
    yield from matched


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _seconds(text: str) -> list[int]:
    return [int(h) * 3_600 + int(m) * 60 + int(s) for h, m, s in _CLOCK.findall(text)]


def _parts(line: str) -> Iterator[str]:
    for said in _SENTENCE.split(line) if len(line) > _LONG else (line,):
        for start in range(0, len(said), _LONGEST):
            part = said[start : start + _LONGEST].strip()
            if part:
                yield part
