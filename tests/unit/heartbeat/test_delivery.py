"""The policy of tries, as tables: what a try that ended in some way leads to at some target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.delivery import LADDER, Facts, Next, after_try, before_try
from heartbeat.outgoing import TryResult
from heartbeat.vocabulary import DeliveryReason, DeliveryStatus, TryEnd

T0 = datetime(2026, 11, 2, 12, tzinfo=UTC)
SENT, NOT_SENT, REFUSED, PERHAPS = TryEnd.SENT, TryEnd.NOT_SENT, TryEnd.REFUSED, TryEnd.PERHAPS
PENDING, FAILED, UNKNOWN = DeliveryStatus.PENDING, DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN


@dataclass(frozen=True)
class Kind:
    """A kind of target: what it declares, and whether it can be searched."""

    can: Capabilities
    searchable: bool = False


NEITHER = Kind(Capabilities())
KEYS = Kind(Capabilities(remembers_keys=86_400))
FORGETFUL = Kind(Capabilities(remembers_keys=60, time_limit=10))
SEARCH = Kind(Capabilities(), searchable=True)
SLOW_SEARCH = Kind(Capabilities(settles_after=120), searchable=True)
BOTH = Kind(Capabilities(remembers_keys=60, time_limit=10), searchable=True)
REPEATS = Kind(Capabilities(repeat=True))


def seconds(number: float) -> datetime:
    return T0 + timedelta(seconds=number)


def facts(**given: object) -> Facts:
    """Return the facts of a delivery whose first try began at T0 and has ended, with a day to go."""
    return replace(Facts(seconds(86_400), first_try=T0, sends=1), **given)  # type: ignore[arg-type]


def after(known: Facts, end: TryEnd, kind: Kind, at: float, retry_after: float | None = None) -> Next:
    result = TryResult(end, retry_after=retry_after)
    return after_try(known, result, kind.can, searchable=kind.searchable, now=seconds(at))


@pytest.mark.parametrize("kind", [NEITHER, KEYS, SEARCH, BOTH, REPEATS])
def test_what_arrived_or_was_refused_at_the_first_try_is_over(kind: Kind) -> None:
    assert after(facts(), SENT, kind, 1).status == DeliveryStatus.SENT
    refused = after(facts(), REFUSED, kind, 1)
    assert (refused.status, refused.reason) == (FAILED, DeliveryReason.REFUSED)


@pytest.mark.parametrize("kind", [NEITHER, KEYS, SEARCH, BOTH, REPEATS])
@pytest.mark.parametrize(
    ("sends", "wait"), [(1, 30), (2, 60), (3, 300), (4, 900), (5, 3600), (6, 3600), (400, 3600)]
)
def test_what_was_not_sent_climbs_the_ladder(kind: Kind, sends: int, wait: int) -> None:
    found = after(facts(sends=sends), NOT_SENT, kind, 1)
    assert found == Next(PENDING, None, seconds(1 + wait)), (
        "nothing has left, so the key is new the next time"
    )


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [(1, 1), (7, 7), (7200, 7200), (0, 1), (-5, 1), (1e300, 86_400), (float("inf"), 86_400)],
)
@pytest.mark.parametrize("sends", [1, 5])
def test_retry_after_wins_over_the_ladder(retry_after: float, wait: int, sends: int) -> None:
    assert after(facts(sends=sends), NOT_SENT, NEITHER, 0, retry_after).next_try == seconds(wait)


def test_retry_after_that_is_no_number_is_none() -> None:
    assert after(facts(), NOT_SENT, NEITHER, 0, float("nan")).next_try == T0 + LADDER[0]


@pytest.mark.parametrize(
    ("kind", "at", "status", "next_try", "searching"),
    [
        (NEITHER, 5, UNKNOWN, None, False),
        (KEYS, 5, PENDING, 35, False),
        (FORGETFUL, 5, PENDING, 35, False),
        (
            FORGETFUL,
            40,
            PENDING,
            45,
            False,
        ),  # half of what is left of 60 s, less the 10 s that a try may take
        (FORGETFUL, 49.5, PENDING, 50, False),
        (FORGETFUL, 50, PENDING, 50, False),
        (FORGETFUL, 51, UNKNOWN, None, False),
        (SEARCH, 5, PENDING, 35, True),
        (SLOW_SEARCH, 5, PENDING, 125, True),
        (BOTH, 5, PENDING, 35, False),
        (BOTH, 51, PENDING, 61, True),
        (REPEATS, 5, PENDING, 35, False),
    ],
)
def test_after_perhaps(
    kind: Kind, at: float, status: DeliveryStatus, next_try: float | None, searching: bool
) -> None:
    found = after(facts(), PERHAPS, kind, at)
    expected = None if next_try is None else seconds(next_try)
    assert (found.status, found.next_try, found.searching) == (status, expected, searching)
    assert not found.repeatable
    assert found.first_try == T0


def test_retry_after_beyond_the_memory_of_keys_leads_to_a_search_or_to_unknown() -> None:
    assert after(facts(), PERHAPS, FORGETFUL, 5, 100).status == UNKNOWN
    found = after(facts(), PERHAPS, BOTH, 5, 100)
    assert (found.searching, found.next_try) == (True, seconds(105))


@pytest.mark.parametrize("end", [NOT_SENT, PERHAPS])
def test_a_try_that_did_not_arrive_does_not_make_an_earlier_one_undone(end: TryEnd) -> None:
    doubtful = facts(repeatable=False, sends=2)
    assert after(doubtful, end, NEITHER, 31).status == UNKNOWN
    assert after(doubtful, end, KEYS, 31).next_try == seconds(91)
    assert after(doubtful, end, SEARCH, 31).searching


def test_what_is_refused_after_a_perhaps_may_have_arrived_before() -> None:
    doubtful = facts(repeatable=False, sends=2)
    assert after(doubtful, REFUSED, KEYS, 31).status == UNKNOWN
    assert after(doubtful, REFUSED, BOTH, 31).searching
    assert after(doubtful, REFUSED, REPEATS, 31).reason == DeliveryReason.REFUSED


class TestSearch:
    looking = facts(repeatable=False, searching=True, searches=1)

    def test_found(self) -> None:
        assert after(self.looking, SENT, SEARCH, 40).status == DeliveryStatus.SENT

    @pytest.mark.parametrize(("sends", "wait"), [(1, 30), (2, 60), (9, 3600)])
    def test_not_there_is_sent_again(self, sends: int, wait: int) -> None:
        found = after(replace(self.looking, sends=sends), NOT_SENT, SEARCH, 40)
        assert found == Next(PENDING, None, seconds(40 + wait))

    @pytest.mark.parametrize("end", [PERHAPS, REFUSED])
    @pytest.mark.parametrize(("searches", "wait"), [(1, 30), (2, 60), (7, 3600)])
    def test_failed_looks_again(self, end: TryEnd, searches: int, wait: int) -> None:
        found = after(replace(self.looking, searches=searches), end, SEARCH, 40)
        assert (found.status, found.searching, found.next_try) == (PENDING, True, seconds(40 + wait))
        assert not found.repeatable


class TestGivenUp:
    late = 86_400

    @pytest.mark.parametrize("kind", [NEITHER, KEYS, SEARCH, REPEATS])
    def test_where_nothing_can_have_arrived(self, kind: Kind) -> None:
        found = after(facts(), NOT_SENT, kind, self.late)
        assert (found.status, found.reason) == (FAILED, DeliveryReason.EXPIRED)
        found = before_try(facts(), kind.can, searchable=kind.searchable, now=seconds(self.late))
        assert (found.status, found.reason) == (FAILED, DeliveryReason.EXPIRED)

    @pytest.mark.parametrize(("kind", "status"), [(NEITHER, UNKNOWN), (KEYS, UNKNOWN), (REPEATS, FAILED)])
    def test_after_a_perhaps(self, kind: Kind, status: DeliveryStatus) -> None:
        assert after(facts(), PERHAPS, kind, self.late).status == status
        found = before_try(facts(repeatable=False), kind.can, searchable=False, now=seconds(self.late))
        assert found.status == status

    def test_a_target_that_can_be_searched_is_asked_once_more(self) -> None:
        found = after(facts(), PERHAPS, SEARCH, self.late)
        assert (found.status, found.searching, found.next_try) == (PENDING, True, seconds(self.late + 30))
        looking = facts(repeatable=False, searching=True, searches=1)
        found = before_try(looking, SEARCH.can, searchable=True, now=seconds(self.late + 30))
        assert (found.status, found.searching) == (DeliveryStatus.SENDING, True)
        ends = {end: after(looking, end, SEARCH, self.late + 31) for end in TryEnd}
        assert ends[SENT].status == DeliveryStatus.SENT
        assert (ends[NOT_SENT].status, ends[NOT_SENT].reason) == (FAILED, DeliveryReason.EXPIRED)
        assert ends[PERHAPS].status == ends[REFUSED].status == UNKNOWN


@pytest.mark.parametrize(
    ("kind", "known", "at", "status", "searching"),
    [
        (NEITHER, {}, 5, DeliveryStatus.SENDING, False),
        (NEITHER, {"repeatable": False}, 5, UNKNOWN, False),
        (KEYS, {"repeatable": False}, 80_000, DeliveryStatus.SENDING, False),
        (FORGETFUL, {"repeatable": False}, 50, DeliveryStatus.SENDING, False),
        (FORGETFUL, {"repeatable": False}, 51, UNKNOWN, False),
        (BOTH, {"repeatable": False}, 51, PENDING, True),
        (REPEATS, {"repeatable": False}, 51, DeliveryStatus.SENDING, False),
        (SEARCH, {"repeatable": False}, 51, PENDING, True),
        (SEARCH, {"repeatable": False, "searching": True}, 51, DeliveryStatus.SENDING, True),
        (
            NEITHER,
            {"repeatable": False, "searching": True},
            51,
            UNKNOWN,
            False,
        ),  # it could be searched before
        (KEYS, {"repeatable": False, "first_try": None}, 51, UNKNOWN, False),
        (KEYS, {"repeatable": False, "first_try": seconds(99)}, 51, UNKNOWN, False),  # the clock was set back
    ],
)
def test_before_a_try(
    kind: Kind, known: dict[str, object], at: float, status: DeliveryStatus, searching: bool
) -> None:
    found = before_try(facts(**known), kind.can, searchable=kind.searchable, now=seconds(at))
    assert (found.status, found.searching) == (status, searching)


def test_a_target_that_cannot_be_used_is_waited_for() -> None:
    result = TryResult(NOT_SENT)
    for known in (facts(), facts(repeatable=False)):
        found = after_try(known, result, None, searchable=False, now=T0)
        assert (found.status, found.next_try) == (PENDING, T0 + LADDER[0])
        assert found.repeatable is known.repeatable
    found = after_try(facts(repeatable=False), result, None, searchable=False, now=seconds(86_400))
    assert found.status == UNKNOWN
