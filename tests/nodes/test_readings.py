"""What lines were read as: kept within bounds, by all threads of a process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from nodes.prompts.answers import MatchAnswer
from nodes.readings import Readings

YES = MatchAnswer(match="yes")


def test_a_reading_is_kept_by_all_that_makes_it() -> None:
    readings = Readings()
    readings.keep(("server", "model", "line"), YES)
    assert readings.get(("server", "model", "line")) is YES
    assert readings.get(("server", "other", "line")) is None
    assert Readings().get(("server", "model", "line")) is None


def test_what_is_longest_unused_goes_first() -> None:
    readings = Readings(limit=3)
    for line in "abc":
        readings.keep((line,), YES)
    readings.get(("a",))
    readings.keep(("d",), YES)
    readings.keep(("c",), YES)
    readings.keep(("e",), YES)
    assert [line for line in "abcde" if readings.get((line,))] == ["c", "d", "e"]


def test_many_threads_share_readings() -> None:
    readings = Readings(limit=50)

    def use(number: int) -> bool:
        readings.keep((str(number % 60),), YES)
        kept = readings.get((str(number % 60),))
        return kept is None or kept is YES

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(5_000)))
    assert sum(readings.get((str(number),)) is not None for number in range(60)) == 50
