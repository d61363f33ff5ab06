"""What lines were read as: kept within bounds, by all threads of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, func, select

from heartbeat.store import Store, readings
from heartbeat.store.tables import Reading
from heartbeat_decision.answer_cache import Answers, StoredAnswers
from heartbeat_decision.prompts.answers import HoursAnswer, LabelAnswer, MatchAnswer

YES = MatchAnswer(what="a heron", match="yes")
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
LABEL = LabelAnswer(label="count", number=3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "heartbeat.db")
    yield made
    made.close()


def stored(store: Store, **later: float) -> StoredAnswers:
    return StoredAnswers(store, lambda: NOW + timedelta(**later))


def find(store: Store, key: tuple[str, ...], form: type[Any] = LabelAnswer, **later: float) -> Any:
    """Return what a new process finds."""
    return asyncio.run(Answers(stored(store, **later)).find(key, form, lasting=True))


def note(
    store: Store, key: tuple[str, ...], answer: Any = LABEL, *, lasting: bool = True, **later: float
) -> None:
    asyncio.run(Answers(stored(store, **later)).note(key, answer, lasting=lasting))


@pytest.mark.parametrize(
    "answer",
    [LABEL, HoursAnswer(days=("Friday",), start=8, end=12, act="out")],
    ids=lambda answer: type(answer).__name__,
)
def test_what_lasts_is_found_by_another_process(store: Store, answer: Any) -> None:
    note(store, ("server", "model", "line \ud800"), answer)
    assert find(store, ("server", "model", "line \ud800"), type(answer)) == answer
    assert find(store, ("server", "other", "line \ud800"), type(answer)) is None
    assert find(store, ("server", "modelline \ud800"), type(answer)) is None


def test_what_does_not_last_is_found_by_the_same_process_only(store: Store) -> None:
    made = Answers(stored(store))
    asyncio.run(made.note(("item",), YES, lasting=False))
    assert asyncio.run(made.find(("item",), MatchAnswer, lasting=False)) == YES
    assert find(store, ("item",), MatchAnswer) is None


@pytest.mark.parametrize(("days", "kept"), [(0, True), (29, True), (30, False), (-1, False)])
def test_a_reading_counts_for_thirty_days(store: Store, days: int, kept: bool) -> None:
    note(store, ("line",))
    assert (find(store, ("line",), days=days) is not None) is kept


def test_a_running_process_asks_again_after_thirty_days(store: Store) -> None:
    now = NOW
    made = Answers(StoredAnswers(store, lambda: now))
    asyncio.run(made.note(("line",), LABEL, lasting=True))
    now += timedelta(days=29)
    assert asyncio.run(made.find(("line",), LabelAnswer, lasting=True)) == LABEL
    now += timedelta(days=1)
    assert asyncio.run(made.find(("line",), LabelAnswer, lasting=True)) is None


def test_a_new_reading_takes_the_place_of_an_old_one(store: Store) -> None:
    note(store, ("line",))
    again = LabelAnswer(label="silence")
    note(store, ("line",), again, days=31)
    assert find(store, ("line",), days=31) == again


def test_what_is_no_answer_any_more_is_asked_again(store: Store) -> None:
    note(store, ("line",), YES)
    assert find(store, ("line",), LabelAnswer) is None


def test_stored_answers_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "LIMIT", 3)
    for second in range(5):
        note(store, (f"line {second}",), seconds=second)

    def count(session: Session) -> int:
        return session.exec(select(func.count()).select_from(Reading)).one()

    assert store.read(count) == 3
    assert [bool(find(store, (f"line {second}",), seconds=9)) for second in range(5)] == [False] * 2 + [
        True
    ] * 3
    note(store, ("line 9",), days=40)
    assert store.read(count) == 1


def test_a_reading_is_kept_by_all_that_makes_it() -> None:
    answers = Answers()
    answers.keep(("server", "model", "line"), YES)
    assert answers.get(("server", "model", "line")) is YES
    assert answers.get(("server", "other", "line")) is None
    assert Answers().get(("server", "model", "line")) is None


def test_what_is_longest_unused_goes_first() -> None:
    answers = Answers(limit=3)
    for line in "abc":
        answers.keep((line,), YES)
    answers.get(("a",))
    answers.keep(("d",), YES)
    answers.keep(("c",), YES)
    answers.keep(("e",), YES)
    assert [line for line in "abcde" if answers.get((line,))] == ["c", "d", "e"]


def test_many_threads_share_answers() -> None:
    answers = Answers(limit=50)

    def use(number: int) -> bool:
        answers.keep((str(number % 60),), YES)
        kept = answers.get((str(number % 60),))
        return kept is None or kept is YES

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(5_000)))
    assert sum(answers.get((str(number),)) is not None for number in range(60)) == 50
